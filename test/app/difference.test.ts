import { expect, test } from "vitest";
import { difference, isNothing } from "../../src/app/difference.ts";
import type { Difference } from "../../src/app/difference.ts";
import { tempDir } from "../support/temp.ts";
import { configOf } from "./support.ts";
import type { Parts } from "./support.ts";

const NONE: Difference = {
  plan: false,
  stores: false,
  sources: { added: [], removed: [] },
  settings: [],
  restart: [],
};
const hook = (url: string, more = ""): string =>
  `a: { kind: bellhop/integration, ${more} spec: { name: A, type: RAW_WEBHOOK, webhook: "${url}" } }`;

const cases: readonly (readonly [string, Parts, Parts, Partial<Difference>])[] = [
  [
    "nothing",
    { integrations: hook("https://a.example/1") },
    { integrations: hook("https://a.example/1") },
    {},
  ],
  [
    "only where things stand",
    { integrations: hook("https://a.example/1") },
    { integrations: `\n  ${hook("https://a.example/1")}` },
    {},
  ],
  [
    "a secret",
    { integrations: hook("https://a.example/1") },
    { integrations: hook("https://a.example/2") },
    { plan: true },
  ],
  [
    "how it is managed",
    { integrations: hook("https://a.example/1") },
    { integrations: hook("https://a.example/1", "manage: { protect: true },") },
    { plan: true },
  ],
  [
    "a store",
    {},
    { targets: "house: { provider: bellhop, store: other.json }" },
    { plan: true, stores: true },
  ],
  [
    "whom a store is delivered for",
    { targets: "nf: { provider: northflank, store: s.json }" },
    { targets: "nf: { provider: scalingo, app: a, store: s.json }" },
    { plan: true, stores: true },
  ],
  [
    "guards of a target",
    {},
    { targets: "house: { provider: bellhop, store: store.json, guards: { maxDeletes: 1 } }" },
    { plan: true },
  ],
  ["the token", { daemon: "token: a" }, { daemon: "token: b" }, { settings: ["token"] }],
  ["no token", { daemon: "token: a" }, {}, { settings: ["token"] }],
  ["the interval", {}, { daemon: "reconcile: { interval: 1m }" }, { settings: ["reconcile"] }],
  ["egress", {}, { daemon: "egress: { allow: [10.0.0.0/8] }" }, { settings: ["egress"] }],
  [
    "retention and when to disable",
    {},
    { daemon: "retention: { age: 1d }, disable: { failures: 3 }" },
    { settings: ["retention", "disable"] },
  ],
  ["the address", {}, { daemon: "listen: 127.0.0.1:1" }, { restart: ["daemon.listen"] }],
  ["the database", {}, { daemon: "database: other.db" }, { restart: ["daemon.database"] }],
];

test.for(cases)("%s", async ([, before, after, expected]) => {
  const folder = await tempDir();
  const found = difference(await configOf(folder, before), await configOf(folder, after));
  expect(found).toEqual({ ...NONE, ...expected });
  expect(isNothing(found)).toBe(Object.keys(expected).length === 0);
});

test("sources that came and went, and the secrets of one", async () => {
  const folder = await tempDir();
  const of = (sources: string) => configOf(folder, { daemon: `sources: [${sources}]` });
  const kept = "{ file: a.ndjson }, { http: /events }";
  const before = await of(`${kept}, { file: b.ndjson }, { ingest: qovery, secret: one }`);
  const after = await of(`{ ingest: qovery, secret: two }, ${kept}`);
  const { sources } = difference(before, after);
  expect(sources.removed.map(({ type }) => type)).toEqual(["file", "ingest"]);
  expect(sources.added.map(({ type }) => type)).toEqual(["ingest"]);
});

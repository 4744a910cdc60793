/**
 * Whatever a target holds: what `import` writes validates and plans nothing. `npm run test:import` tries 1,000 states of every
 * provider on both sides.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/server.ts";
import type { RunningEmulator } from "../../src/emulator/server.ts";
import { kindSpecs, providerSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import { Secret, reveal } from "../../src/model/secret.ts";
import { isObject } from "../../src/model/value.ts";
import type { Value } from "../../src/model/value.ts";
import { serialiseStore } from "../../src/store/document.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { CliResult } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import { recordsOf, remoteState } from "../support/remote-states.ts";
import type { RemoteObject } from "../support/remote-states.ts";

const RUNS = Number(process.env["IMPORT_RUNS"] ?? 6);
const SCOPE = "3c90c3cc0d444b5088888dd25736052a";

const store = openMemoryStore();
let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator({
    listen: "127.0.0.1:0",
    emulators,
    kinds: kindSpecs,
    store,
    rateLimits: "off",
  });
});
afterAll(() => emulator.close());

type Side = "store" | "api";

const sides = providerSpecs.flatMap(({ id, apiUrl }): readonly (readonly [string, Side])[] =>
  apiUrl === undefined
    ? [[id, "store"]]
    : [
        [id, "store"],
        [id, "api"],
      ],
);

describe.each(sides)("%s in the %s", (provider, side) => {
  test(
    "import, validate, plan: nothing to do",
    async () => {
      await fc.assert(
        fc.asyncProperty(remoteState(provider), (objects) =>
          inFolder((cwd) => check(cwd, provider, side, objects)),
        ),
        {
          numRuns: RUNS,
          ...(process.env["IMPORT_SEED"] === undefined ? {} : { seed: Number(process.env["IMPORT_SEED"]) }),
        },
      );
    },
    Math.max(60_000, RUNS * 5_000),
  );
});

async function inFolder(use: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "bellhop-import-"));
  try {
    await use(cwd);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

async function check(
  cwd: string,
  provider: string,
  side: Side,
  objects: readonly RemoteObject[],
): Promise<void> {
  const scope = providerSpecs.find(({ id }) => id === provider)?.scope;
  const records = recordsOf(objects, scope === undefined ? "" : SCOPE);
  const place =
    side === "store" ? "store: store.json" : `api: { url: "${emulator.url}", token: "\${env:API_TOKEN}" }`;
  const scoped = scope === undefined ? "" : `${scope.name}: ${SCOPE}, `;
  await writeFile(
    join(cwd, "notifications.yaml"),
    `version: 1\ntargets:\n  there: { provider: ${provider}, ${scoped}${place} }\n`,
  );
  if (side === "store") await writeFile(join(cwd, "store.json"), serialiseStore({ rest: {}, records }));
  else await store.write((all) => void all.splice(0, all.length, ...records));

  const cli = (line: string): Promise<CliResult> =>
    runCli(line.split(" "), { cwd, env: { API_TOKEN: "tk-us-import" } });
  const imported = await cli("import there --write imported.yaml --vars secrets.env");
  expect([imported.code, imported.err]).toEqual([0, expect.stringMatching(/^imported \d+ from there/m)]);
  const validated = await cli("validate -f imported.yaml --vars secrets.env");
  expect([validated.code, validated.out]).toEqual([0, expect.stringContaining("valid: ")]);
  for (const line of [
    "plan -f imported.yaml --vars secrets.env",
    "plan -f imported.yaml",
    "plan -f notifications.yaml -f imported.yaml --vars secrets.env",
  ]) {
    const planned = await cli(`${line} --exit-code --format json`);
    expect({ line, changes: JSON.parse(planned.out).changes, code: planned.code }).toEqual({
      line,
      changes: [],
      code: 0,
    });
  }

  if (process.env["IMPORT_SHOW"] !== undefined) console.log(imported.err);
  const left = imported.err.match(/^left /gm)?.length ?? 0;
  const count = Number(/^imported (\d+) from/m.exec(imported.err)?.[1]);
  expect(count + left).toBe(records.length);
  expectSecretsKept(await readFile(join(cwd, "imported.yaml"), "utf8"), records);
  if (side === "api") expect(await store.read()).toEqual(records);
  else
    expect(specsOf(JSON.parse(await readFile(join(cwd, "store.json"), "utf8")).records)).toHaveLength(
      records.length,
    );
}

const specsOf = (records: readonly StoreRecord[]): readonly unknown[] => records.map(({ spec }) => spec);

/** A text that also stands somewhere in the clear is no secret. */
function expectSecretsKept(yaml: string, records: readonly StoreRecord[]): void {
  const texts = records.map(({ spec }) => textsIn(spec));
  const open = texts.flatMap((found) => found.open);
  for (const secret of texts.flatMap((found) => found.secret)) {
    if (secret.length > 12 && !open.some((text) => text.includes(secret))) expect(yaml).not.toContain(secret);
  }
}

function textsIn(value: Value): { readonly secret: readonly string[]; readonly open: readonly string[] } {
  if (value instanceof Secret) return { secret: [reveal(value)], open: [] };
  if (typeof value === "string") return { secret: [], open: [value] };
  const inner = (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []).map(textsIn);
  return { secret: inner.flatMap(({ secret }) => secret), open: inner.flatMap(({ open }) => open) };
}

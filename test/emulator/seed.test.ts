import { mkdtemp, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseSeed } from "../../src/emulator/seed.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { concealWith } from "../../src/model/conceal.ts";
import { AppError } from "../../src/model/errors.ts";
import { openFileStore } from "../../src/store/file.ts";
import { emulate, fakeClock } from "./support.ts";

const SEED = `
resources:
  - kind: northflank/notification
    spec: { name: Example Notification, type: RAW_WEBHOOK, webhook: https://e.com/s3cret, events: {} }
  - kind: qovery/webhook
    scope: acme
    spec: { kind: STANDARD, target_url: https://e.com, events: [] }
  - kind: cloudflare/webhook
    scope: ${"a".repeat(32)}
    createdAt: 2025-01-01T00:00:00Z
    facts: { last_success: 2025-06-01T00:00:00Z }
    spec: { name: Hook, url: https://e.com }
  - kind: scalingo/notification
    scope: shop
    id: 575a917de6d67217900386e6
    spec: { webhook_url: https://e.com }
`;

async function fileStore() {
  const file = path.join(await mkdtemp(path.join(tmpdir(), "bellhop-emulator-")), "store.json");
  const conceal = concealWith(Object.fromEntries(kindSpecs.map((kind) => [kind.kind, kind])));
  return { file, open: () => openFileStore({ file, conceal }) };
}

test("resources get ids and times of their provider's form, unless they bring them", async () => {
  const { call, store } = await emulate({ seed: parseSeed(SEED, "seed.yaml"), now: fakeClock().now });
  expect(
    (await store.read()).map(({ kind, scope, id, createdAt }) => ({ kind, scope, id, createdAt })),
  ).toEqual([
    {
      kind: "northflank/notification",
      scope: "",
      id: "example-notification",
      createdAt: "2026-01-02T03:04:05.000Z",
    },
    {
      kind: "qovery/webhook",
      scope: "acme",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdAt: "2026-01-02T03:04:05.000Z",
    },
    {
      kind: "cloudflare/webhook",
      scope: "a".repeat(32),
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      createdAt: "2025-01-01T00:00:00.000Z",
    },
    {
      kind: "scalingo/notification",
      scope: "shop",
      id: "575a917de6d67217900386e6",
      createdAt: "2026-01-02T03:04:05.000Z",
    },
  ]);
  const path = `/client/v4/accounts/${"a".repeat(32)}/alerting/v3/destinations/webhooks`;
  expect((await call("GET", path)).body.result[0].last_success).toBe("2025-06-01T00:00:00Z");
});

test("a kept store is seeded once, survives the emulator, and is readable by its owner alone", async () => {
  const { file, open } = await fileStore();
  const first = open();
  const one = await emulate({ store: first, seed: parseSeed(SEED, "seed.yaml") });
  const body = { name: "Builds", type: "DISCORD", webhook: "https://e.com", events: {} };
  await one.call("POST", "/v1/integrations/notifications", { body });
  const before = await first.read();
  await first.close();
  const second = open();
  const other = await emulate({ store: second, seed: parseSeed(SEED, "seed.yaml") });
  expect(await second.read()).toEqual(before);
  const { data } = (await other.call("GET", "/v1/integrations/notifications")).body;
  expect(data.notificationIntegrations).toHaveLength(2);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, "utf8")).records).toHaveLength(5);
  await second.close();
});

test("a plain list of resources, in JSON, will do", () => {
  const spec = { webhook_url: "https://e.com" };
  const text = JSON.stringify([{ kind: "scalingo/notification", scope: "shop", spec }]);
  expect(parseSeed(text, "seed.json")).toEqual({
    resources: [{ kind: "scalingo/notification", scope: "shop", spec }],
    journal: [],
  });
});

describe("what is refused", () => {
  test.for([
    ["resources: {}", "must be lists"],
    ["resources: [1]", "resource 1"],
    ["resources: [{ kind: qovery/webhook }]", "kind and spec are needed"],
    ["resources: [{ kind: a/b, spec: {}, scope: 1 }]", "scope must be text"],
    ["resources: [{ kind: a/b, spec: {}, createdAt: soon }]", "createdAt must be a time"],
    ["journal: [{ topic: a }]", "journal 1"],
    ["resources: [", "seed.yaml"],
  ] as const)("%s", ([text, why]) => {
    const parse = (): unknown => parseSeed(text, "seed.yaml");
    expect(parse).toThrow(AppError);
    expect(parse).toThrow(why);
  });

  test.for([
    ["resources: [{ kind: acme/hook, spec: {} }]", "no such kind"],
    ["resources: [{ kind: bellhop/integration, spec: {} }]", "no emulator"],
    ["resources: [{ kind: qovery/webhook, spec: { kind: STANDARD } }]", "target_url is required"],
  ] as const)("%s, and nothing is stored", async ([text, why]) => {
    const { file, open } = await fileStore();
    const store = open();
    const seed = parseSeed(text, "seed.yaml");
    await expect(emulate({ store, seed })).rejects.toThrow(why);
    await store.close();
    await expect(stat(file)).rejects.toThrow("ENOENT");
  });
});

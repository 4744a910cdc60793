/** Reading the stores again while it is being done already. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openEngine } from "../../src/delivery/engine.ts";
import type { ScopedStore } from "../../src/delivery/store-reads.ts";
import { providers } from "../../src/generated/registry.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { deliverySide } from "../support/delivery-side.ts";
import { tempDir } from "../support/temp.ts";

const RULES = { failures: 20, afterMs: 86_400_000, probeMs: 3_600_000 };

it("delivers for the stores of now when those of before are still being read", async () => {
  const { store } = await deliverySide([{ key: "hook", webhook: "https://example.com/" }], RULES);
  let letGo = (): void => undefined;
  let blocked = Promise.resolve();
  const slow = { ...store, read: () => blocked.then(() => store.read()) };
  const scopes = [{ provider: "bellhop" }];
  let stores: readonly ScopedStore[] = [{ store: slow, scopes }];
  const outbox = await openSqliteOutbox({ path: join(await tempDir(), "bellhop.db"), mode: "exclusive" });
  onTestFinished(() => outbox.close());
  const engine = await openEngine({
    outbox,
    stores: () => stores,
    providers,
    log: createLog({ level: "silent", pretty: false, write: () => undefined }),
    clock: systemClock,
    onAccepted: () => undefined,
  });
  expect([...engine.routes().endpoints.keys()]).toEqual(["uid-hook"]);
  blocked = new Promise((resolve) => (letGo = resolve));
  const before = engine.reload();
  // The first one is reading by now.
  await new Promise((resolve) => setImmediate(resolve));
  stores = [];
  const after = engine.reload();
  letGo();
  await Promise.all([before, after]);
  expect([...engine.routes().endpoints.keys()]).toEqual([]);
});

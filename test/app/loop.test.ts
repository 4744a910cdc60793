import { afterEach, beforeEach, expect, it } from "vitest";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startLoop } from "../../src/app/loop.ts";
import { openConfiguredSession } from "../../src/app/session.ts";
import { createLog } from "../../src/lib/log.ts";
import type { Config } from "../../src/model/config.ts";
import { configOf } from "./support.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "bellhop-loop-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const named = (name: string, intervalMs: number): Promise<Config> =>
  configOf(folder, {
    integrations: `all: { kind: bellhop/integration, spec: { name: ${name}, type: RAW_WEBHOOK, webhook: "https://example.com/" } }`,
  }).then((config) => ({
    ...config,
    daemon: { ...config.daemon, reconcile: { intervalMs, mode: "correct" } },
  }));

function looping(first: Config) {
  let current = first;
  let log = "";
  let reloads = 0;
  const loop = startLoop({
    configuration: {
      current: () => current,
      reload: () => Promise.resolve(void (reloads += 1)),
    },
    openSession: (config) => openConfiguredSession(config, folder),
    onApplied: () => undefined,
    log: createLog({ level: "debug", pretty: false, write: (line) => void (log += line) }),
    random: () => 0.5,
  });
  return {
    loop,
    reloads: () => reloads,
    times: (text: string) => log.split(`"msg":"${text}`).length - 1,
    use: (config: Config) => void (current = config),
  };
}

const NEVER = 2 ** 31 - 1;

it("reads the file again at every interval", async () => {
  const { loop, reloads, times } = looping(await named("One", 1));
  await expect.poll(() => reloads()).toBeGreaterThan(2);
  await loop.stop();
  expect(times("reconciled")).toBe(1);
  expect(times("nothing to reconcile")).toBeGreaterThan(1);
});

it("runs at once when it is told to, also in the middle of a run", async () => {
  const { loop, times, use } = looping(await named("One", NEVER));
  use(await named("Two", NEVER));
  loop.runNow();
  await loop.first;
  expect(times("reconciled") + times("nothing to reconcile")).toBe(2);
  use(await named("Three", NEVER));
  loop.runNow();
  await expect.poll(() => times("reconciled")).toBeGreaterThanOrEqual(2);
  await loop.stop();
});

it("waits for a run that is under way, and runs no more", async () => {
  const { loop, times } = looping(await named("One", 1));
  await loop.stop();
  const runs = times("reconciled") + times("nothing to reconcile");
  loop.runNow();
  expect(times("reconciled") + times("nothing to reconcile")).toBe(runs);
});

it("goes on after a run that failed", async () => {
  const config = await named("One", 1);
  writeFileSync(path.join(folder, "store.json"), "{");
  const { loop, times } = looping(config);
  await expect.poll(() => times("cannot reconcile")).toBeGreaterThan(1);
  rmSync(path.join(folder, "store.json"));
  await expect.poll(() => times("reconciled")).toBe(1);
  await loop.stop();
});

it("goes on with what comes next after a configuration for which nothing can be opened", async () => {
  const good = await named("One", NEVER);
  const { loop, times, use } = looping(good);
  await loop.first;
  use({ ...good, state: "postgres://127.0.0.1/state" });
  loop.runNow();
  await expect.poll(() => times("cannot reconcile; will try again")).toBe(1);
  use(await named("Two", NEVER));
  loop.runNow();
  await expect.poll(() => times("reconciled")).toBe(2);
  await loop.stop();
});

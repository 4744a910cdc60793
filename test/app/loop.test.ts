import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startLoop } from "../../src/app/loop.ts";
import { openConfiguredSession } from "../../src/app/session.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createLog } from "../../src/lib/log.ts";
import type { Config } from "../../src/model/config.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "bellhop-loop-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function configOf(targets: string, name: string): Promise<Config> {
  const file = path.join(folder, "notifications.yaml");
  writeFileSync(
    file,
    `version: 1
targets: { ${targets} }
integrations:
  all:
    kind: bellhop/integration
    spec: { name: ${name}, type: RAW_WEBHOOK, webhook: "https://example.com/all", events: ["*"] }
`,
  );
  const { config } = await loadConfig({
    files: [file],
    overlays: [],
    vars: [],
    env: {},
    cwd: folder,
    mode: "daemon",
    strict: false,
  });
  if (config === undefined) throw new Error("the configuration is wrong");
  return { ...config, daemon: { ...config.daemon, reconcile: { intervalMs: 1, mode: "correct" } } };
}

it("says when a change needs a restart, and only then", async () => {
  const house = "house: { provider: bellhop, store: a.json }";
  const first = await configOf(house, "One");
  const renamed = await configOf(house, "Two");
  const moved = await configOf(`${house}, nf: { provider: northflank, store: b.json }`, "Two");
  const configs = [renamed, renamed, moved];
  let log = "";
  const loop = startLoop({
    config: { ...first, daemon: { ...first.daemon, listen: "127.0.0.1:0" } },
    load: () => Promise.resolve(configs.shift() ?? moved),
    openSession: (config) => openConfiguredSession(config, folder),
    log: createLog({ level: "info", pretty: false, write: (line) => void (log += line) }),
    random: () => 0.5,
  });
  const times = (text: string): number => log.split(text).length - 1;
  await expect.poll(() => times("restart the daemon")).toBe(1);
  await loop.stop();
  expect(times('"msg":"reconciled"')).toBe(2);
  expect(log.indexOf("reconciled")).toBeLessThan(log.indexOf("restart the daemon"));
});

/** Configurations for what a daemon is made of. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import type { LoadResult } from "../../src/config/load.ts";
import type { Config } from "../../src/model/config.ts";

export interface Parts {
  /** Entries of `targets`; a store by default. */
  readonly targets?: string;
  readonly integrations?: string;
  readonly daemon?: string;
}

export async function writeConfig(folder: string, parts: Parts): Promise<string> {
  const file = path.join(folder, "notifications.yaml");
  const {
    targets = "house: { provider: bellhop, store: store.json }",
    integrations = "",
    daemon = "",
  } = parts;
  await writeFile(
    file,
    `version: 1\ntargets: { ${targets} }\nintegrations: { ${integrations} }\ndaemon: { ${daemon} }\n`,
  );
  return file;
}

export const loadFrom = (folder: string, env: Readonly<Record<string, string>> = {}): Promise<LoadResult> =>
  loadConfig({ files: [], overlays: [], vars: [], env, cwd: folder, mode: "daemon", strict: false });

export async function configOf(folder: string, parts: Parts): Promise<Config> {
  await writeConfig(folder, parts);
  const { config, diagnostics } = await loadFrom(folder);
  if (config === undefined) throw new Error(`the configuration is wrong: ${diagnostics[0]?.message ?? ""}`);
  return config;
}

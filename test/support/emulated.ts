/** The command line against the emulated APIs, or against a store file, with objects that somebody else made. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { startEmulator } from "../../src/emulator/server.ts";
import { kindSpecs, providerSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import { concealWith } from "../../src/model/conceal.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import type { Fields } from "../../src/model/value.ts";
import { parseStore, serialiseStore } from "../../src/store/document.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { CliResult } from "./cli.ts";
import { runCli } from "./cli.ts";
import { tempDir } from "./temp.ts";

const conceal = concealWith(Object.fromEntries(kindSpecs.map((kind) => [kind.kind, kind])));
const SCOPE = "3c90c3cc0d444b5088888dd25736052a";

export interface Emulated {
  readonly cwd: string;
  readonly cli: (line: string, env?: Readonly<Record<string, string>>) => Promise<CliResult>;
  readonly write: (name: string, text: string) => Promise<void>;
  readonly read: (name: string) => Promise<string>;
  /** Permission bits of a file. */
  readonly mode: (name: string) => Promise<number>;
  /** What is there, secrets as Secret. */
  readonly records: () => Promise<readonly StoreRecord[]>;
  /** Adds an object behind Bellhop's back; in the order of the calls. */
  readonly put: (kind: string, id: string, spec: Fields, more?: Partial<StoreRecord>) => Promise<void>;
  /** Somebody else deletes an object. */
  readonly remove: (id: string) => Promise<void>;
  /** The `targets` block with one target, `there`. */
  readonly target: (more?: string) => string;
}

export type Side = "store" | "api";

export async function emulated(provider: string, side: Side): Promise<Emulated> {
  const cwd = await tempDir();
  const store: Store = openMemoryStore();
  let place = "store: store.json";
  if (side === "api") {
    const emulator = await startEmulator({
      listen: "127.0.0.1:0",
      emulators,
      kinds: kindSpecs,
      store,
      rateLimits: "off",
    });
    onTestFinished(() => emulator.close());
    place = `api: { url: "${emulator.url}", token: "\${env:API_TOKEN}" }`;
  }
  const scope = providerSpecs.find(({ id }) => id === provider)?.scope;
  const file = join(cwd, "store.json");
  const records = async (): Promise<readonly StoreRecord[]> => {
    if (side === "api") return store.read();
    const text = await readFile(file, "utf8").catch(() => undefined);
    return text === undefined ? [] : parseStore(text, file, conceal).records;
  };
  let count = 0;
  return {
    cwd,
    cli: (line, env = {}) => runCli(line.split(" "), { cwd, env: { API_TOKEN: "tk-us-import", ...env } }),
    write: (name, text) => writeFile(join(cwd, name), text),
    read: (name) => readFile(join(cwd, name), "utf8"),
    mode: async (name) => (await stat(join(cwd, name))).mode & 0o777,
    records,
    put: async (kind, id, spec, more = {}) => {
      const time = new Date(Date.parse("2026-01-01T00:00:00.000Z") + 1000 * count++).toISOString();
      const record: StoreRecord = {
        uid: `uid-${count}`,
        kind,
        scope: scope === undefined || provider === "northflank" ? "" : SCOPE,
        id,
        spec: conceal(kind, spec),
        confirm: false,
        createdAt: time,
        updatedAt: time,
        ...more,
      };
      if (side === "api") await store.write((all) => void all.push(record));
      else await writeFile(file, serialiseStore({ rest: {}, records: [...(await records()), record] }));
    },
    remove: async (id) => {
      const rest = (await records()).filter((record) => record.id !== id);
      if (side === "api") await store.write((all) => void all.splice(0, all.length, ...rest));
      else await writeFile(file, serialiseStore({ rest: {}, records: rest }));
    },
    target: (more = "") => {
      const scoped = scope === undefined || provider === "northflank" ? "" : `${scope.name}: ${SCOPE}, `;
      return `version: 1\ntargets:\n  there: { provider: ${provider}, ${scoped}${more}${place} }\n`;
    },
  };
}

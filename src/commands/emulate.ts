/** `bellhop emulate`: serves the providers' documented APIs on one port, over a store, until it is told to stop. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseFault } from "../emulator/faults.ts";
import { parseRateLimits } from "../emulator/rate-limit.ts";
import { parseSeed } from "../emulator/seed.ts";
import type { Seed } from "../emulator/seed.ts";
import { startEmulator } from "../emulator/server.ts";
import { kindSpecs } from "../generated/kinds.ts";
import { emulators } from "../generated/registry.ts";
import { isLoopback, parseListenAddress } from "../lib/listen-address.ts";
import { concealWith } from "../model/conceal.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Store } from "../store/contract.ts";
import { openFileStore } from "../store/file.ts";
import { openMemoryStore } from "../store/memory.ts";
import { list, text } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";

export const command: CommandSpec = {
  name: "emulate",
  summary: "serve the providers' documented APIs locally",
  options: [
    {
      flags: "--listen <address>",
      description: "host:port; port 0 lets the system pick",
      default: "127.0.0.1:4010",
    },
    {
      flags: "--store <file>",
      description: "keep resources in this store file, and what happened beside it (default: in memory)",
    },
    {
      flags: "--token <token>",
      description: "the only credential that is accepted (default: any that is not empty)",
    },
    { flags: "--seed <file>", description: "resources to start with, in YAML or JSON" },
    {
      flags: "--fault <spec>",
      description:
        "EFFECT[=AMOUNT][,OPTION...][@METHOD:PATH], several times; effects are latency=200ms, a status such as 429 or 500, drop, drop-after-commit; an amount is a count (3) or a chance (0.1); options are times=, chance=, skip=, retry-after=",
      repeat: true,
    },
    {
      flags: "--rate-limit <spec>",
      description:
        "off, or PROVIDER=REQUESTS/DURATION, several times (default: what each provider documents)",
      repeat: true,
    },
    {
      flags: "--random-seed <number>",
      description: "make ids and chances the same from run to run",
    },
  ],
  examples: [
    {
      command: "bellhop emulate --store .bellhop/store.json",
      does: "serves Northflank, Scalingo, Qovery and Cloudflare on http://127.0.0.1:4010",
    },
    {
      command: "bellhop emulate --listen 127.0.0.1:0 --fault 429=2 --fault drop-after-commit=1@POST:/v1/*",
      does: "refuses two requests, then loses the answer to one creation",
    },
  ],
  run: async (io, _args, options) => {
    const { stopping } = io;
    const listen = text(options, "listen") ?? "127.0.0.1:4010";
    const token = text(options, "token");
    const randomSeed = readRandomSeed(text(options, "randomSeed"));
    const seed = await readSeed(io, text(options, "seed"));
    const faults = list(options, "fault").map(parseFault);
    const rateLimits = parseRateLimits(
      list(options, "rateLimit"),
      emulators.map(({ id }) => id),
    );
    const file = storeFile(io, options);
    const store = openStore(file);
    try {
      const emulator = await startEmulator({
        listen,
        emulators,
        kinds: kindSpecs,
        store,
        faults,
        rateLimits,
        ...(file === undefined ? {} : { journalFile: journalBeside(file) }),
        ...(token === undefined ? {} : { token }),
        ...(seed === undefined ? {} : { seed }),
        ...(randomSeed === undefined ? {} : { randomSeed }),
        onFailure: (what) => io.err(`error: ${what}\n`),
      });
      warnIfOpen(io, listen, token);
      io.out(`emulating ${emulators.map(({ id }) => id).join(", ")} at ${emulator.url}\n`);
      await aborted(stopping);
      await emulator.close();
    } finally {
      await store.close();
    }
    return ExitCode.ok;
  },
};

function storeFile(io: Io, options: Options): string | undefined {
  const file = text(options, "store");
  return file === undefined ? undefined : path.resolve(io.cwd, file);
}

/** `store.json` → `store.journal.ndjson`. */
function journalBeside(file: string): string {
  const { dir, name } = path.parse(file);
  return path.join(dir, `${name}.journal.ndjson`);
}

function openStore(file: string | undefined): Store {
  if (file === undefined) return openMemoryStore();
  const conceal = concealWith(Object.fromEntries(kindSpecs.map((kind) => [kind.kind, kind])));
  return openFileStore({ file, conceal });
}

async function readSeed(io: Io, file: string | undefined): Promise<Seed | undefined> {
  if (file === undefined) return undefined;
  try {
    return parseSeed(await readFile(path.resolve(io.cwd, file), "utf8"), file);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError("config-not-found", `the seed ${file} cannot be read: ${why}`, {
      hint: "check the path given with --seed",
    });
  }
}

function readRandomSeed(given: string | undefined): number | undefined {
  if (given === undefined || /^\d{1,10}$/.test(given)) return given === undefined ? undefined : Number(given);
  throw new AppError("usage", `--random-seed ${given} is not a whole number`, { exitCode: ExitCode.usage });
}

function warnIfOpen(io: Io, listen: string, token: string | undefined): void {
  const host = parseListenAddress(listen)?.host ?? "";
  if (token === undefined && !isLoopback(host)) {
    io.err("warning: anybody who reaches this address can use it; set --token\n");
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

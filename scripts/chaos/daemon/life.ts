/** One process of the daemon, from its start to its end. Its log is kept in a file, and watched. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Ledger } from "./ledger.ts";

export interface Life {
  readonly number: number;
  /** Once it listens; undefined when it ended before. */
  readonly ready: Promise<string | undefined>;
  /** How it ended; also when it was killed. Everything that it wrote has been read by then. */
  readonly ended: Promise<Ending>;
  signal(name: NodeJS.Signals): void;
}

export interface Ending {
  readonly code: number | null;
  /** The last lines of its log. */
  readonly tail: readonly string[];
}

const cli = path.join(import.meta.dirname, "../../../dist/cli.js");
const TAIL = 12;

export interface LifeOptions {
  readonly number: number;
  readonly folder: string;
  readonly ledger: Ledger;
  readonly env: Readonly<Record<string, string>>;
  readonly onError: (line: string) => void;
}

export function startLife({ number, folder, ledger, env, onError }: LifeOptions): Life {
  const child = spawn(process.execPath, [cli, "daemon", "--log-level", "debug"], {
    cwd: folder,
    env: { ...process.env, ...env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const file = createWriteStream(path.join(folder, "daemon.log"), { flags: "a" });
  file.write(`# life ${number}, pid ${child.pid ?? 0}\n`);
  const tail: string[] = [];
  let announce: (url: string | undefined) => void = () => undefined;
  const ready = new Promise<string | undefined>((resolve) => (announce = resolve));
  const read = (line: string): void => {
    file.write(`${line}\n`);
    if (tail.push(line) > TAIL) tail.shift();
    const entry = parse(line);
    // Said once it is durable.
    if (entry["delivery"] !== undefined && entry["attempt"] !== undefined) ledger.recorded(number);
    if (entry["msg"] === "ready") announce(String(entry["url"]));
    if (entry["level"] === "error") onError(line);
  };
  const streams = [child.stdout, child.stderr].map((input) => {
    const lines = createInterface({ input });
    lines.on("line", read);
    return new Promise((resolve) => lines.once("close", resolve));
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ended = Promise.all([exit, ...streams]).then(([code]) => {
    announce(undefined);
    file.end();
    return { code: code as number | null, tail };
  });
  return { number, ready, ended, signal: (name) => void child.kill(name) };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? { ...entry } : {};
  } catch {
    return {};
  }
}

#!/usr/bin/env node
/** argv and environment → one command → exit code. The only file that touches the process. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { Io } from "./commands/contract.ts";

const stopping = new AbortController();
/** Whether the command has asked to be told to stop; one that has not is ended at once. */
let stopsItself = false;
/** Why not everything could be printed. */
let unprinted: string | undefined;

function makeIo(): Io {
  const color = (stream: NodeJS.WriteStream): boolean =>
    process.env["FORCE_COLOR"] !== undefined
      ? process.env["FORCE_COLOR"] !== "0"
      : stream.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  return {
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    version: version(),
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    color: { out: color(process.stdout), err: color(process.stderr) },
    ask: async (question) => {
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await prompt.question(question, { signal: stopping.signal });
      } catch (error) {
        // Ctrl-C and Ctrl-D are answers too: not yes.
        if (error instanceof Error && error.name === "AbortError") return "";
        throw error;
      } finally {
        prompt.close();
      }
    },
    ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
    get stopping() {
      stopsItself = true;
      return stopping.signal;
    },
    onHangup: (run) => void process.on("SIGHUP", run),
  };
}

function version(): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return /"version":\s*"([^"]+)"/.exec(file)?.[1] ?? "unknown";
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  process.stdout.on("error", cannotPrint);
  const stop = (signal: NodeJS.Signals): void => {
    if (!stopping.signal.aborted && stopsItself) return stopping.abort();
    // As the signal would have without us: an exit of our own waits for whatever is being read.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const { runCommandLine } = await import("./commands/run.ts");
  return runCommandLine(argv, makeIo(), version());
}

/** A reader that goes away (`| head`) ends the program quietly; what cannot be printed for another reason is a failure. */
function cannotPrint({ code, message }: NodeJS.ErrnoException): void {
  if (code === "EPIPE") {
    if (!stopsItself) process.exit(0);
    stopping.abort();
    return;
  }
  if (unprinted !== undefined) return;
  unprinted = message;
  process.stderr.write(`error: not everything could be printed: ${message}\n`);
  process.stderr.write("  hint: what the command did, it did; only what it says of it is missing\n");
  process.exitCode = 1;
}

const exitCode = await main();
process.exitCode = unprinted === undefined ? exitCode : exitCode || 1;

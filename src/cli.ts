#!/usr/bin/env node
/** argv and environment → one command → exit code. The only file that touches the process. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { Io } from "./commands/contract.ts";

const stopping = new AbortController();

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
    stopping: stopping.signal,
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
  // A reader that goes away (`| head`) ends the program quietly.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const { runCommandLine } = await import("./commands/run.ts");
  return runCommandLine(argv, makeIo(), version());
}

process.exitCode = await main();

/** The real daemon as a process of its own, for the length of one test. */
import { spawn } from "node:child_process";
import path from "node:path";
import { onTestFinished } from "vitest";

export interface DaemonProcess {
  readonly url: string;
  /** Everything that it has written, as lines of JSON. */
  readonly log: () => readonly { readonly level: string; readonly msg: string; readonly reason?: string }[];
  readonly signal: (name: NodeJS.Signals) => void;
  /** To its standard input. */
  readonly write: (text: string) => void;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

const cli = path.join(import.meta.dirname, "../../dist/cli.js");

/** Resolves when it is ready. */
export async function startDaemonProcess(
  cwd: string,
  level: "debug" | "info" = "debug",
): Promise<DaemonProcess> {
  const child = spawn(process.execPath, [cli, "daemon", "--log-level", level], {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let output = "";
  let isReady = false;
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      if (isReady) return;
      const found = /"url":"([^"]+)".*"msg":"ready"/.exec(output)?.[1];
      if (found === undefined) return;
      isReady = true;
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then((code) => reject(new Error(`the daemon ended with ${code}: ${output}`)));
  });
  const log = (): { level: string; msg: string; reason?: string }[] =>
    output
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as { level: string; msg: string; reason?: string });
  const write = (text: string): void => void child.stdin.write(text);
  return { url, log, ended, write, signal: (name) => void child.kill(name) };
}

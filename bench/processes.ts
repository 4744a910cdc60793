/** Child processes of the benchmarks: each on a core of its own, and what they cost. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/** On one core where the system can do that (Linux); anywhere otherwise. */
export function pinned(core: number, args: readonly string[], cwd?: string): ChildProcess {
  const options = {
    stdio: ["ignore", "pipe", "inherit"] as ["ignore", "pipe", "inherit"],
    ...(cwd && { cwd }),
  };
  return process.platform === "linux"
    ? spawn("taskset", ["-c", String(core), process.execPath, ...args], options)
    : spawn(process.execPath, [...args], options);
}

/** The first line of its output that matches. */
export function lineOf(child: ChildProcess, pattern = /.*/): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const line = text
        .split("\n")
        .slice(0, -1)
        .find((one) => pattern.test(one));
      if (line !== undefined) resolve(line);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}`)));
  });
}

export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** MiB, at the most so far. */
export const peakRss = (pid: number): number => statusOf(pid, "VmHWM");

/** MiB, now. */
export const rss = (pid: number): number => statusOf(pid, "VmRSS");

function statusOf(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

/** A real NATS server with JetStream, on a free port, for the length of one test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { type Found, findProgram } from "./debian-package.ts";
import { tempDir } from "./temp.ts";

export interface NatsServer {
  /** Such as `nats://127.0.0.1:4222`; the same after a restart. */
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const natsProgram = await findProgram("nats-server", ["nats-server"]);

/** With further arguments of the command line, such as `--auth TOKEN`. */
export async function startNats(...more: string[]): Promise<NatsServer> {
  if ("missing" in natsProgram) throw new Error(natsProgram.missing);
  const folder = await tempDir();
  const args = [
    "--jetstream",
    "--store_dir",
    join(folder, "store"),
    "--addr",
    "127.0.0.1",
    "--ports_file_dir",
    folder,
    ...more,
  ];
  let child = await launch(natsProgram, folder, [...args, "--port", "-1"]);
  onTestFinished(() => end(child));
  const { port } = new URL(child.url);
  return {
    url: child.url,
    stop: () => end(child),
    start: async () => {
      child = await launch(natsProgram, folder, [...args, "--port", port]);
    },
  };
}

interface Child {
  readonly process: ChildProcess;
  readonly url: string;
}

/** The server writes where it listens into a file named by its pid. */
async function launch(program: Found, folder: string, args: readonly string[]): Promise<Child> {
  const child = spawn(program.path, args, { env: program.env, stdio: "ignore" });
  const find = async (): Promise<string> => {
    const name = (await readdir(folder)).find((file) => file.endsWith(`_${child.pid}.ports`));
    const ports = name === undefined ? "" : await readFile(join(folder, name), "utf8");
    const url = /"(nats:[^"]+)"/.exec(ports)?.[1];
    if (url === undefined) throw new Error("the NATS server does not listen");
    return url;
  };
  return { process: child, url: await vi.waitFor(find, { timeout: 20_000, interval: 20 }) };
}

async function end({ process }: Child): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill("SIGKILL");
  await once(process, "exit");
}

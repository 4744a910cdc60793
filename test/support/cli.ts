/** Runs commands as the command line does, in this process, with everything they print captured. */
import { Readable } from "node:stream";
import type { Io } from "../../src/commands/contract.ts";
import { runCommandLine } from "../../src/commands/run.ts";

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSetup {
  readonly cwd: string;
  /** Nothing of the real environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Of the bellhop that runs. */
  readonly version?: string;
  /** Answers to questions, in order; given, the run counts as interactive. */
  readonly answers?: readonly string[];
  readonly stopping?: AbortSignal;
  /** Sees everything as it is printed; for commands that run until they are stopped. */
  readonly watch?: (text: string) => void;
}

export async function runCli(args: readonly string[], setup: CliSetup): Promise<CliResult> {
  let out = "";
  let err = "";
  const answers = [...(setup.answers ?? [])];
  const io: Io = {
    env: setup.env ?? {},
    cwd: setup.cwd,
    pid: process.pid,
    version: setup.version ?? "0.0.0-test",
    stdin: Readable.from([setup.stdin ?? ""]),
    out: (text) => {
      out += text;
      setup.watch?.(text);
    },
    err: (text) => {
      err += text;
      setup.watch?.(text);
    },
    interactive: setup.answers !== undefined,
    color: { out: false, err: false },
    ask: (question) => {
      err += question;
      return Promise.resolve(answers.shift() ?? "");
    },
    stopping: setup.stopping ?? new AbortController().signal,
    onHangup: () => undefined,
  };
  const code = await runCommandLine(args, io, io.version);
  return { code, out, err };
}

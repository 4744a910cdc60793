/** A command of the command line, as data. One file each; src/cli.ts loads only the one that is called. */
import type { Readable } from "node:stream";
import type { ExitCode } from "../model/errors.ts";

/** Everything a command may touch of its surroundings; built by src/cli.ts. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  /** Of this bellhop. */
  readonly version: string;
  readonly stdin: Readable;
  /** Only the chosen format goes here. */
  readonly out: (text: string) => void;
  /** Everything meant for people: progress, warnings, errors. */
  readonly err: (text: string) => void;
  /** Whether somebody can answer a question. */
  readonly interactive: boolean;
  /** Whether each stream takes colour (terminal, NO_COLOR, FORCE_COLOR). */
  readonly color: { readonly out: boolean; readonly err: boolean };
  /** How wide the terminal is that stdout goes to; undefined where it goes elsewhere. */
  readonly columns?: number;
  /** Asks on the terminal; answers with the line. */
  readonly ask: (question: string) => Promise<string>;
  /** Aborted at the first SIGINT or SIGTERM. A command that never asks for it is ended by them instead. */
  readonly stopping: AbortSignal;
  /** Calls back at every SIGHUP from now on; before, it ends the program. */
  readonly onHangup: (run: () => void) => void;
}

export type OptionValue = string | boolean | readonly string[] | undefined;
export type Options = Readonly<Record<string, OptionValue>>;

export interface OptionSpec {
  /** In commander's form: `-f, --file <path>`. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; the value is an array. */
  readonly repeat?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string;
}

export interface CommandSpec {
  readonly name: string;
  /** Of a group such as `deliveries list`: the group's name. */
  readonly parent?: string;
  readonly summary: string;
  /** In commander's form: `[plan]`, `<key>`, `[ids...]`. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionSpec[];
  /** At least one, with what it does. */
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  /** `args` are flattened. Throws AppError for expected failures. */
  readonly run: (io: Io, args: readonly string[], options: Options) => Promise<ExitCode>;
}

export const flag = (options: Options, name: string): boolean => options[name] === true;

export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

export function list(options: Options, name: string): readonly string[] {
  const value = options[name];
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? [value] : [];
}

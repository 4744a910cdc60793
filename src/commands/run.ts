/** Finds the command in argv, runs it and turns whatever it throws into a message and an exit code. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { AppError, ExitCode } from "../model/errors.ts";
import type { CommandSpec, Io, Options, OptionSpec } from "./contract.ts";
import { COMMANDS, GROUPS } from "./table.ts";
import type { CommandEntry } from "./table.ts";

export async function runCommandLine(argv: readonly string[], io: Io, version: string): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const stranger = unknownTopic(argv);
  if (stranger !== undefined) {
    io.err(`error: unknown command '${stranger}'\n(run with --help for usage)\n`);
    return ExitCode.usage;
  }
  const program = await buildProgram(argv, io, version, (code) => (exitCode = code));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    return report(error, io);
  }
}

/** The word after `help` that names no command, which commander would answer with the whole usage and no word about it. */
function unknownTopic([first, ...words]: readonly string[]): string | undefined {
  const [name, inner] = words.filter((word) => !word.startsWith("-"));
  if (first !== "help" || name === undefined || name === "help") return undefined;
  const inGroup = COMMANDS.filter(({ parent }) => parent === name).map((entry) => entry.name);
  if (inGroup.length === 0) {
    return COMMANDS.some((entry) => entry.parent === undefined && entry.name === name) ? undefined : name;
  }
  return inner === undefined || inGroup.includes(inner) ? undefined : `${name} ${inner}`;
}

async function buildProgram(
  argv: readonly string[],
  io: Io,
  version: string,
  finish: (code: number) => void,
): Promise<Command> {
  const program = new Command("bellhop")
    .description("Notification integrations as code.")
    .version(version, "-V, --version")
    .helpCommand("help [command]", "show help for a command")
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError("(run with --help for usage)");
  const groups = new Map<string, Command>();
  const groupOf = (name: string): Command => {
    const group =
      groups.get(name) ??
      program
        .command(name)
        .description(GROUPS[name] ?? "")
        .helpCommand(false)
        .exitOverride();
    groups.set(name, group);
    return group;
  };
  // Only the named command is loaded: start-up time is part of the interface.
  const words = argv.filter((word) => !word.startsWith("-"));
  for (const entry of COMMANDS) {
    const parent = entry.parent === undefined ? program : groupOf(entry.parent);
    if (isNamed(entry, words)) addCommand(parent, await entry.load(), io, finish);
    else parent.command(entry.name).description(entry.summary);
  }
  return program;
}

function isNamed(entry: CommandEntry, words: readonly string[]): boolean {
  const named = words[0] === "help" ? words.slice(1) : words;
  return entry.parent === undefined
    ? named[0] === entry.name
    : named[0] === entry.parent && named[1] === entry.name;
}

function addCommand(parent: Command, spec: CommandSpec, io: Io, finish: (code: number) => void): void {
  const command = parent.command(spec.name).description(spec.summary).exitOverride();
  command.configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.description);
  for (const option of spec.options) command.addOption(makeOption(option));
  const examples = spec.examples.map((example) => `  ${example.command}\n      ${example.does}`);
  command.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
  command.action(async (...parameters: unknown[]) => {
    const options: Options = command.opts();
    const args = parameters
      .slice(0, spec.arguments?.length ?? 0)
      .flat()
      .filter((argument) => typeof argument === "string");
    finish(await spec.run(io, args, options));
  });
}

function makeOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices([...spec.choices]);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.repeat === true) {
    option.argParser((value: string, previous: unknown) => {
      // A parser of our own takes the place of the one that checks choices.
      if (spec.choices?.includes(value) === false) {
        throw new InvalidArgumentError(`Allowed choices are ${spec.choices.join(", ")}.`);
      }
      return [...(Array.isArray(previous) ? previous : []), value];
    });
  }
  return option;
}

/** An expected failure is a sentence and a hint; anything else is our bug and says so, without a stack trace. */
function report(error: unknown, io: Io): number {
  if (error instanceof AppError) {
    io.err(`error: ${error.message}\n`);
    if (error.hint !== undefined) io.err(`  hint: ${error.hint}\n`);
    return error.exitCode;
  }
  io.err(`error: unexpected failure: ${error instanceof Error ? error.message : String(error)}\n`);
  io.err("  hint: this is a bug in bellhop; set BELLHOP_DEBUG=1 to see where it happened\n");
  if (io.env["BELLHOP_DEBUG"] && error instanceof Error) io.err(`${error.stack ?? ""}\n`);
  return ExitCode.error;
}

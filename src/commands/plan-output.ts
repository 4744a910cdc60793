/** Where a plan, or what came of it, is written: one format to stdout, others to files. */
import { lstat, open, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError, ExitCode } from "../model/errors.ts";
import { isErrno } from "../lib/atomic-file.ts";
import { makeFolder } from "../lib/make-folder.ts";
import type { Config } from "../model/config.ts";
import type { Plan } from "../model/plan.ts";
import type { Applied } from "../reconcile/apply.ts";
import { renderApplied, renderAppliedMarkdown } from "../reconcile/render/applied.ts";
import { renderGithub } from "../reconcile/render/github.ts";
import { renderHuman } from "../reconcile/render/human.ts";
import { renderAppliedJson, renderJson } from "../reconcile/render/json.ts";
import { MARKDOWN_LIMIT, renderMarkdown } from "../reconcile/render/markdown.ts";
import { list, text } from "./contract.ts";
import type { Io, Options, OptionSpec } from "./contract.ts";
import { refuseProjectFile } from "./project-files.ts";

const FORMATS = ["human", "json", "markdown", "github"] as const;
export type PlanFormat = (typeof FORMATS)[number];

export const OUTPUT_OPTIONS: readonly OptionSpec[] = [
  { flags: "--format <format>", description: "what goes to stdout", choices: FORMATS, default: "human" },
  {
    flags: "--output <format=file>",
    description: "also write a format to a file; may be repeated",
    repeat: true,
  },
];

export interface PlanOutput {
  readonly format: PlanFormat;
  readonly files: readonly { readonly format: PlanFormat; readonly file: string }[];
  /** The files of --vars, absolute: no output may take their place. */
  readonly vars: readonly string[];
}

/** Throws AppError `usage`. */
export function parseOutput(io: Io, options: Options): PlanOutput {
  const files = list(options, "output").map((argument) => {
    const split = argument.indexOf("=");
    const format = asFormat(argument.slice(0, Math.max(0, split)));
    const file = argument.slice(split + 1);
    if (format !== undefined && file !== "") return { format, file: resolve(io.cwd, file) };
    throw new AppError("usage", `--output ${argument} is not FORMAT=FILE`, {
      hint: `FORMAT is ${FORMATS.join(", ")}; for example --output json=plan.json`,
      exitCode: ExitCode.usage,
    });
  });
  const vars = list(options, "vars").map((file) => resolve(io.cwd, file));
  return { format: asFormat(text(options, "format") ?? "") ?? "human", files, vars };
}

/** Throws AppError `usage` where a file that a plan is written to is one of the project. */
export async function refuseProjectFiles(config: Config, { files, vars }: PlanOutput): Promise<void> {
  for (const { format, file } of files) {
    await refuseProjectFile(config, file, { option: `--output ${format}=${file}`, vars });
  }
}

/**
 * Makes sure, before anything is applied, that every file can be written: its folder is there or is made, and what is there
 * stays as it is. Throws AppError `output-failed`.
 */
export async function expectWritable({ files }: PlanOutput): Promise<void> {
  for (const { file } of files) await orOutputFailed(file, tryFile(file));
}

async function tryFile(file: string): Promise<void> {
  makeFolder(dirname(file));
  const there = await stat(file).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  });
  // Opening a pipe would wait for its reader, and a device may notice.
  if (there !== undefined && !there.isFile() && !there.isDirectory()) return;
  if (there !== undefined) return (await open(file, "a")).close();
  // A link that leads to nothing yet is no file to take away again.
  const link = await lstat(file).catch(() => undefined);
  if (link !== undefined) return;
  await (await open(file, "wx")).close();
  await rm(file);
}

async function orOutputFailed(file: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError("output-failed", `the output ${file} cannot be written: ${why}`, {
      hint: "check the path given with --output",
    });
  }
}

const asFormat = (word: string): PlanFormat | undefined => FORMATS.find((format) => format === word);

/** A plan and, when there is one, its outcome. `planShown`: people have seen the plan on stdout already. */
export interface Shown {
  readonly plan: Plan;
  readonly applied?: Applied;
  readonly planShown?: boolean;
}

/** Prints to stdout, and then into the files. Throws AppError `output-failed`. */
export async function writeOutput(io: Io, output: PlanOutput, shown: Shown): Promise<void> {
  // First, so that a file that cannot be written does not keep what was done from being told.
  printOutput(io, output, shown);
  await writeFiles(output, shown);
}

/** The part that goes to stdout. */
export function printOutput(io: Io, output: PlanOutput, shown: Shown): void {
  const { plan, applied, planShown = false } = shown;
  if (planShown && output.format === "human" && applied !== undefined) {
    io.out(`\n${renderApplied(applied, { color: io.color.out })}`);
  } else io.out(render(output.format, plan, applied, io.color.out));
}

/** The part that goes into files. Throws AppError `output-failed`. */
export async function writeFiles({ files }: PlanOutput, { plan, applied }: Shown): Promise<void> {
  for (const { format, file } of files) {
    await orOutputFailed(file, writeInFolder(file, render(format, plan, applied, false)));
  }
}

/** Not by renaming: what is named may be a device or a pipe. */
async function writeInFolder(file: string, content: string): Promise<void> {
  makeFolder(dirname(file));
  await writeFile(file, content);
}

/** Together within the limit of one comment. */
function markdownWithOutcome(plan: Plan, applied: Applied): string {
  const outcome = renderAppliedMarkdown(applied, MARKDOWN_LIMIT / 3);
  return renderMarkdown(plan, MARKDOWN_LIMIT - outcome.length) + outcome;
}

function render(format: PlanFormat, plan: Plan, applied: Applied | undefined, color: boolean): string {
  switch (format) {
    case "human":
      return (
        renderHuman(plan, { color }) + (applied === undefined ? "" : `\n${renderApplied(applied, { color })}`)
      );
    case "json":
      return applied === undefined ? renderJson(plan) : renderAppliedJson(plan, applied);
    case "markdown":
      return applied === undefined ? renderMarkdown(plan) : markdownWithOutcome(plan, applied);
    case "github":
      return renderGithub(plan, applied);
  }
  return "";
}

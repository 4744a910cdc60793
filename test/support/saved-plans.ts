/** A project with a saved plan, and what the command line says of it. One at a time. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect } from "vitest";
import type { CliResult, CliSetup } from "./cli.ts";
import { runCli } from "./cli.ts";
import { SEVEN_KINDS, SEVEN_KINDS_ENV } from "./seven-kinds.ts";
import { tempDir } from "./temp.ts";

export const project: { cwd: string; env: Record<string, string> } = { cwd: "", env: {} };

/** A fresh folder before every test. */
export const freshProject = (): void =>
  beforeEach(async () => {
    project.cwd = await tempDir();
    project.env = { ...SEVEN_KINDS_ENV };
  });

export const path = (name: string): string => join(project.cwd, name);
export const declare = (text: string): Promise<void> => writeFile(path("notifications.yaml"), text);
export const read = (name: string): Promise<string> => readFile(path(name), "utf8");
export const cli = (line: string, setup: Partial<CliSetup> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { ...project, ...setup });

/** Seven kinds exist; then one update, one creation and one deletion are pending. */
export async function pending(): Promise<void> {
  await declare(SEVEN_KINDS);
  const applied = await cli("apply --yes");
  if (applied.code !== 0) throw new Error(applied.err);
  await declare(CHANGED);
}

export const CHANGED = SEVEN_KINDS.replace("name: Builds", "name: Nightly builds").replace(
  "  shop-old:",
  "  shop-new:",
);

/** The text of plan.json. */
export async function save(line = "plan --out plan.json"): Promise<string> {
  const saved = await cli(line);
  if (saved.code !== 0) throw new Error(saved.err);
  return read("plan.json");
}

/** Refused with exit 6 for this reason, and nothing was changed. */
export async function expectRefused(
  why: string,
  setup: Partial<CliSetup> = {},
  line = "apply plan.json",
): Promise<void> {
  const before = await snapshot();
  const { code, out, err } = await cli(line, setup);
  expect(err).toContain("the plan plan.json is refused: ");
  expect(err).toContain(why);
  expect({ code, out }).toEqual({ code: 6, out: "" });
  expect(await snapshot()).toEqual(before);
}

const snapshot = (): Promise<string[]> =>
  Promise.all(["store.json", "state.json"].map((name) => read(`.bellhop/${name}`).catch(() => "")));

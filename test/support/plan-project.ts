/** A folder with seven integrations of which some are to change, and what is done with plan files there. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect } from "vitest";
import type { CliResult, CliSetup } from "./cli.ts";
import { runCli } from "./cli.ts";
import { SEVEN_KINDS, SEVEN_KINDS_ENV } from "./seven-kinds.ts";
import { tempDir } from "./temp.ts";

export let cwd = "";
export let env: Record<string, string> = {};
export const declare = (text: string): Promise<void> => writeFile(join(cwd, "notifications.yaml"), text);
export const path = (name: string): string => join(cwd, name);
export const read = (name: string): Promise<string> => readFile(path(name), "utf8");
export const cli = (line: string, setup: Partial<CliSetup> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { cwd, env, ...setup });

/** Builds, Shop and so on exist; then one update, one creation and one deletion are pending. */
export async function pending(): Promise<void> {
  await declare(SEVEN_KINDS);
  const applied = await cli("apply --yes");
  if (applied.code !== 0) throw new Error(applied.err);
  await declare(CHANGED);
}

export const CHANGED = `${SEVEN_KINDS.replace("name: Builds", "name: Nightly builds").replace("  shop-old:", "  shop-new:")}`;

export async function save(line = "plan --out plan.json"): Promise<string> {
  const saved = await cli(line);
  if (saved.code !== 0) throw new Error(saved.err);
  return read("plan.json");
}

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

/** A new folder before each test of the file that calls it. */
export function usePlanProject(): void {
  beforeEach(async () => {
    cwd = await tempDir();
    env = { ...SEVEN_KINDS_ENV };
  });
}

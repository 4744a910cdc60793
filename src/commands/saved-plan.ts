/** Saved plans as files: `plan --out` writes one, `apply PLAN` applies exactly that one. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { parseDuration } from "../lib/duration.ts";
import type { Config } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { checkBinding, checkFresh, checkTime } from "../reconcile/saved/check.ts";
import { Refusal, refused } from "../reconcile/saved/contract.ts";
import { readSaved } from "../reconcile/saved/file.ts";
import { savedPlanText } from "../reconcile/saved/save.ts";
import type { Session, SessionPlan } from "../reconcile/session.ts";
import { text } from "./contract.ts";
import type { Io, Options, OptionSpec } from "./contract.ts";
import type { PlanOutput } from "./plan-output.ts";
import { refuseProjectFile } from "./project-files.ts";

const DEFAULT_LIFETIME = "24h";
const SHORTEST_MS = 60_000;
const LONGEST_MS = 30 * 86_400_000;

export const SAVE_OPTIONS: readonly OptionSpec[] = [
  { flags: "--out <file>", description: "save the plan for bellhop apply FILE; it holds no secret" },
  {
    flags: "--expires-in <duration>",
    description: `how long the saved plan may be applied (default: ${DEFAULT_LIFETIME}; at most 30d)`,
  },
];

export interface SaveTo {
  /** As given. */
  readonly name: string;
  readonly file: string;
  readonly lifetimeMs: number;
  /** As in PlanOutput. */
  readonly vars: readonly string[];
}

/** Throws AppError `usage`. */
export function parseSave(io: Io, options: Options, { files, vars }: PlanOutput): SaveTo | undefined {
  const name = text(options, "out");
  const lifetime = text(options, "expiresIn");
  if (name === undefined) {
    if (lifetime === undefined) return undefined;
    throw usage("--expires-in is about a saved plan, and none is saved", "add --out FILE");
  }
  if (name === "") throw usage("--out needs a file", "for example --out plan.json");
  const lifetimeMs = parseDuration(lifetime ?? DEFAULT_LIFETIME);
  if (lifetimeMs === undefined || lifetimeMs < SHORTEST_MS || lifetimeMs > LONGEST_MS) {
    throw usage(`--expires-in ${lifetime} is not from 1m to 30d`, "write it like 90m, 24h or 7d");
  }
  const file = resolve(io.cwd, name);
  if (files.some((output) => output.file === file)) {
    throw usage("--out and --output name the same file", "give each its own file");
  }
  return { name, file, lifetimeMs, vars };
}

/** Throws AppError `output-failed`, and `usage` for a file that the project needs otherwise. */
export async function savePlan(io: Io, to: SaveTo, config: Config, made: SessionPlan): Promise<void> {
  await refuseProjectFile(config, to.file, { option: `--out ${to.name}`, vars: to.vars });
  const options = { config, version: io.version, now: Date.now(), lifetimeMs: to.lifetimeMs };
  await writeFileAtomic(to.file, savedPlanText(made, options), 0o644).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError("output-failed", `the plan ${to.name} cannot be written: ${why}`, {
      hint: "check the path given with --out",
    });
  });
  const waits = made.unread.length > 0 || made.plan.changes.some(({ fields }) => fields.some(isOpen));
  const note = waits
    ? "it is for reading only: values are not yet known"
    : `bellhop apply ${to.name} does it`;
  io.err(`saved as ${to.name}; ${note}\n`);
}

const isOpen = ({ why }: { readonly why: string }): boolean => why === "not yet known";

export interface OpenedPlan {
  /**
   * Checks it against the project and the time; what comes back checks it against the plan of now, and the time again. Both
   * throw AppError `plan-refused`. Only under the lock is what they say good for an apply.
   */
  bind(config: Config, session: Session): Promise<(fresh: SessionPlan) => void>;
}

/** Throws AppError `plan-refused` where the file is not what was written. */
export async function openSavedPlan(io: Io, name: string): Promise<OpenedPlan> {
  const attempt = <T>(check: () => T): T => {
    try {
      return check();
    } catch (error) {
      throw error instanceof Refusal ? refused(name === "" ? '""' : name, error) : error;
    }
  };
  const bytes = await readFile(resolve(io.cwd, name)).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    return attempt(() => {
      throw new Refusal(`it cannot be read: ${why}`, "name a file that bellhop plan --out has written");
    });
  });
  const saved = attempt(() => readSaved(bytes));
  return {
    bind: async (config, session) => {
      const state = await session.state();
      attempt(() => checkBinding(saved, { config, state, version: io.version, now: Date.now() }));
      return (fresh) =>
        attempt(() => {
          checkTime(saved, Date.now());
          checkFresh(saved, fresh, { config, state: fresh.state });
        });
    },
  };
}

const usage = (message: string, hint: string): AppError =>
  new AppError("usage", message, { hint, exitCode: ExitCode.usage });

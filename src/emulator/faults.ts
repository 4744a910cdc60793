/**
 * Faults on demand. One is written `EFFECT[=AMOUNT][,OPTION…][@METHOD|@PATH|@METHOD:PATH]`:
 *
 *   latency=200ms              every answer takes 200 ms longer
 *   429=3                      the first three requests are refused, with Retry-After
 *   500=0.05                   one request in twenty
 *   drop                       the connection ends before anything is done
 *   drop-after-commit=1        what is asked for is done, and the connection ends without an answer
 *   503=2,skip=1@POST:/v1/*    the second and third POST below /v1/
 *
 * An amount without a point is a count, one with a point a chance from 0.0 to 1.0; without one, always. For latency it is
 * the option `times=` or `chance=`. `skip=N` lets the first N through, `retry-after=S` sets the header of a refusal.
 */
import { compileGlob } from "../lib/glob.ts";
import { parseDuration } from "../lib/duration.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Random } from "./random.ts";

export type Effect =
  | { readonly type: "latency"; readonly ms: number }
  | { readonly type: "status"; readonly status: number; readonly retryAfterS: number }
  | { readonly type: "drop" }
  | { readonly type: "drop-after-commit" };

export interface Fault {
  readonly effect: Effect;
  /** How many times, or how likely; undefined for always. */
  readonly amount?: { readonly times: number } | { readonly chance: number };
  readonly skip: number;
  /** Upper case; undefined for every method. */
  readonly method?: string;
  /** Glob over the path without its query; undefined for every path. */
  readonly path?: string;
}

export interface FaultPlan {
  /** Effects that strike before the request is handled, in the order of the faults. */
  before(method: string, path: string): readonly Effect[];
  /** Whether the answer to a change that was made gets lost. */
  losesAnswer(method: string, path: string): boolean;
}

export function createFaultPlan(faults: readonly Fault[], random: Random): FaultPlan {
  const strikers = faults.map((fault) => ({ fault, strikes: createStriker(fault, random) }));
  return {
    before: (method, path) =>
      strikers
        .filter(({ fault }) => fault.effect.type !== "drop-after-commit")
        .filter(({ strikes }) => strikes(method, path))
        .map(({ fault }) => fault.effect),
    losesAnswer: (method, path) =>
      strikers
        .filter(({ fault }) => fault.effect.type === "drop-after-commit")
        .some(({ strikes }) => strikes(method, path)),
  };
}

function createStriker(fault: Fault, random: Random): (method: string, path: string) => boolean {
  const matchesPath = fault.path === undefined ? () => true : compileGlob(fault.path);
  let seen = 0;
  let struck = 0;
  return (method, path) => {
    if ((fault.method !== undefined && fault.method !== method) || !matchesPath(path)) return false;
    if (seen++ < fault.skip) return false;
    const { amount } = fault;
    if (amount === undefined) return true;
    if ("chance" in amount) return random() < amount.chance;
    return struck++ < amount.times;
  };
}

/** Throws AppError `usage`. */
export function parseFault(spec: string): Fault {
  const parts = /^([^@]+)(?:@(?:([A-Za-z]+)(?::(\/\S*))?|(\/\S*)))?$/.exec(spec) ?? [];
  const [, what = "", method, pathOfMethod, anyPath] = parts;
  const path = pathOfMethod ?? anyPath;
  const [head = "", ...rest] = what.split(",");
  const options = new Map(rest.map((option) => split(option)));
  const [name, value] = split(head);
  const effect = readEffect(name, value, options);
  const amountText = name === "latency" ? undefined : value;
  const amount = readAmount(amountText || undefined, options);
  const skip = Number(options.get("skip") ?? 0);
  const known = [...options.keys()].every((key) => OPTIONS.includes(key));
  if (effect === undefined || amount === false || !Number.isInteger(skip) || !known) throw misread(spec);
  return {
    effect,
    skip,
    ...(amount === undefined ? {} : { amount }),
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(path === undefined ? {} : { path }),
  };
}

const OPTIONS = ["times", "chance", "skip", "retry-after"];

function split(text: string): [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function readEffect(name: string, value: string, options: ReadonlyMap<string, string>): Effect | undefined {
  if (name === "drop" || name === "drop-after-commit") return { type: name };
  if (name === "latency") {
    const ms = parseDuration(value);
    return ms === undefined ? undefined : { type: "latency", ms };
  }
  const retryAfterS = Number(options.get("retry-after") ?? 1);
  const isStatus = /^[45]\d\d$/.test(name) && Number.isInteger(retryAfterS) && retryAfterS >= 0;
  return isStatus ? { type: "status", status: Number(name), retryAfterS } : undefined;
}

/** Undefined for always, false when it is not understood. */
function readAmount(
  shorthand: string | undefined,
  options: ReadonlyMap<string, string>,
): Fault["amount"] | false {
  const isChance = shorthand?.includes(".") === true;
  const times = options.get("times") ?? (isChance ? undefined : shorthand);
  const chance = options.get("chance") ?? (isChance ? shorthand : undefined);
  if (times !== undefined) return /^\d+$/.test(times) && chance === undefined && { times: Number(times) };
  if (chance === undefined) return undefined;
  return /^(0?\.\d+|0|1|1\.0+|0\.\d+)$/.test(chance) && { chance: Number(chance) };
}

function misread(spec: string): AppError {
  return new AppError("usage", `--fault ${spec} is not understood`, {
    hint: "write it like latency=200ms, 429=3, 500=0.05, drop-after-commit=1@POST:/v1/integrations/*",
    exitCode: ExitCode.usage,
  });
}

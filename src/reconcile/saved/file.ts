/** The bytes of a saved plan: written with a seal over all of them, and read only when not one has changed. */
import { createHash, timingSafeEqual } from "node:crypto";
import { isObject } from "../../model/value.ts";
import { planDigest } from "../digest.ts";
import type { SavedPlan, Seal } from "./contract.ts";
import { AGAIN, Refusal } from "./contract.ts";
import type { Key } from "./key.ts";

export type Unsealed = Omit<SavedPlan, "seal">;

/** Ends with a line break. */
export function sealedText(plan: Unsealed, key: Key): string {
  const checksum = checksumOf(plan);
  const seal: Seal = { key: key.kind, salt: key.salt, checksum, mac: key.mac("seal", checksum) };
  return spell(plan, seal);
}

/** Throws Refusal. What comes back is as it was written; whether it was written by one of us, `checkSeal` tells. */
export function readSaved(bytes: Uint8Array): SavedPlan {
  const text = decode(bytes);
  const members = parse(text);
  const { formatVersion } = members;
  if (formatVersion === undefined) throw malformed("formatVersion is missing");
  if (formatVersion !== 1) {
    const found = typeof formatVersion === "number" ? String(formatVersion) : "not a number";
    throw new Refusal(`its format version is ${found}, an unknown format`, "use the bellhop that made it");
  }
  if (members["changes"] !== undefined && members["seal"] === undefined && members["tool"] === undefined) {
    throw new Refusal("it was printed, not saved: it has no seal", "write it with bellhop plan --out FILE");
  }
  for (const [name, fits] of Object.entries(MEMBERS)) {
    if (members[name] === undefined) throw malformed(`${name} is missing`);
    if (!fits(members[name])) throw malformed(`${name} is not what it must be`);
  }
  const stranger = Object.keys(members).find((name) => !Object.hasOwn(MEMBERS, name));
  if (stranger !== undefined) throw malformed(`it has a member too many, ${JSON.stringify(stranger)}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the members fit, and the checksum shows that the rest is as written
  const saved = members as unknown as SavedPlan;
  const { seal, ...plan } = saved;
  if (spell(plan, seal) !== text || checksumOf(plan) !== seal.checksum) {
    throw new Refusal(
      "it has been tampered with or damaged since it was written: its seal does not fit",
      AGAIN,
    );
  }
  if (planDigest(saved.changes) !== saved.digest) {
    throw new Refusal("it has been tampered with: its digest does not fit its changes", AGAIN);
  }
  return saved;
}

/** Throws Refusal where the plan was not sealed with this key. */
export function checkSeal({ seal }: SavedPlan, key: Key): void {
  const mac = key.mac("seal", seal.checksum);
  if (seal.key === key.kind && sameText(seal.mac ?? "", mac ?? "")) return;
  throw new Refusal("it has been tampered with: its seal was not made with this project's key", AGAIN);
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The one spelling of a file: the seal comes last. */
const spell = (plan: Unsealed, seal: Seal): string => `${JSON.stringify({ ...plan, seal }, null, 2)}\n`;

const checksumOf = (plan: Unsealed): string =>
  createHash("sha256").update(JSON.stringify(plan)).digest("hex");

const malformed = (why: string): Refusal => new Refusal(`it is malformed: ${why}`, AGAIN);

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed("it is not UTF-8");
  }
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(text.trim() === "" ? "it is empty" : "it is not JSON, or cut off");
  }
  if (!isObject(value)) throw malformed("it is not an object");
  return value;
}

type Fits = (value: unknown) => boolean;

const isText: Fits = (value) => typeof value === "string";
const isNothing: Fits = (value) => value === null;
const isHash: Fits = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isTime: Fits = (value) =>
  typeof value === "string" && /^\d{4}-.*Z$/.test(value) && !Number.isNaN(Date.parse(value));
const isCount: Fits = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const either =
  (...options: readonly Fits[]): Fits =>
  (value) =>
    options.some((fits) => fits(value));
const listOf =
  (members: Readonly<Record<string, Fits>>): Fits =>
  (value) =>
    Array.isArray(value) && value.every(objectOf(members));
const objectOf =
  (members: Readonly<Record<string, Fits>>): Fits =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, fits]) => fits(value[name]));

/** What is looked at before the checksum is; the checksum covers the rest. */
const MEMBERS: Readonly<Record<string, Fits>> = {
  formatVersion: (value) => value === 1,
  tool: objectOf({ name: isText, version: isText }),
  createdAt: isTime,
  expiresAt: isTime,
  config: objectOf({ digest: isHash }),
  state: either(isNothing, objectOf({ lineage: isText, serial: isCount })),
  targets: listOf({
    name: isText,
    provider: isText,
    place: isText,
    scope: either(isNothing, isText),
    credentials: either(isNothing, isHash),
  }),
  values: either(isNothing, isHash),
  digest: isHash,
  summary: objectOf({}),
  changes: listOf({ op: isText, key: isText, target: isText, fields: listOf({ path: isText }) }),
  kept: listOf({}),
  blocked: listOf({}),
  unknown: listOf({}),
  seal: objectOf({
    key: (value) => value === "state" || value === "credentials" || value === "none",
    salt: either(isNothing, isText),
    checksum: isHash,
    mac: either(isNothing, isHash),
  }),
};

/** JSON with one spelling per value: members sorted by name, no spaces. What digests and checksums are made over. */
import { createHash } from "node:crypto";

/** `value` must be JSON; members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([left], [right]) => compareText(left, right))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** By UTF-16 code unit: the same on every machine, whatever its locale. */
export const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** SHA-256 of the canonical form, in hex. */
export const digestJson = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");

/** JSON with one spelling per value: members sorted by name, no spaces. What digests and checksums are made over. */
import { createHash } from "node:crypto";

/** `value` must be JSON; members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += text === "" ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]`;
  }
  // The order of `sort` is by UTF-16 code unit: the same on every machine.
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name);
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** By UTF-16 code unit: the same on every machine, whatever its locale. */
export const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** SHA-256 of the canonical form, in hex. */
export const digestJson = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");

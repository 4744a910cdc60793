/** How deeply a JSON value is nested: what is very deep overflows the stack of whatever writes or walks it later. */

/** `textLength` is that of the JSON text: a short one cannot be deep, and is not walked. */
export const isDeeperThan = (limit: number, value: unknown, textLength: number): boolean =>
  textLength > 2 * limit && exceeds(value, limit);

function exceeds(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => exceeds(member, levels - 1));
}

/** Values that must never be seen, in every form in which they could be. */
import { randomBytes } from "node:crypto";

/** `tag` helps to tell which one was found; the value starts with eight characters that are nobody else's. */
export const canary = (tag: string): string =>
  `${randomBytes(4).toString("hex")}.${tag}"/+~${randomBytes(6).toString("hex")}`;

/** Fit for a path of a URL. */
export const urlCanary = (tag: string): string =>
  `${randomBytes(4).toString("hex")}_${tag}-${randomBytes(6).toString("hex")}`;

/** Every form, by name; matching ignores case where a form's digits have either. */
function formsOf(value: string): readonly [string, string][] {
  const bytes = Buffer.from(value);
  // What stands before a value within encoded text shifts it by none, one or two bytes.
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replaceAll("=", "");
    return text.slice(Math.ceil((shift * 8) / 6), -2);
  });
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  return [
    ["raw", value],
    ["its first 8 characters", value.slice(0, 8)],
    ["JSON", JSON.stringify(value).slice(1, -1)],
    ["JSON twice", JSON.stringify(JSON.stringify(value)).slice(3, -3)],
    ["URL", encodeURIComponent(value)],
    ["URL, every byte", percent],
    ["hex", bytes.toString("hex")],
    ["hex of its first 8 characters", bytes.subarray(0, 8).toString("hex")],
    ...shifted.flatMap((text): [string, string][] => [
      ["base64", text],
      ["base64url", text.replaceAll("+", "-").replaceAll("/", "_")],
    ]),
  ];
}

/** `canary: form in artefact`, the first form of each that was found. */
export function findCanaries(
  canaries: Readonly<Record<string, string>>,
  artefacts: Readonly<Record<string, string>>,
): string[] {
  const texts = Object.entries(artefacts).map(([name, text]) => ({ name, text, lower: text.toLowerCase() }));
  return Object.entries(canaries).flatMap(([tag, value]) => {
    const forms = formsOf(value);
    return texts.flatMap(({ name, text, lower }) => {
      const found = forms.find(([form, spelled]) =>
        form.startsWith("base64") ? text.includes(spelled) : lower.includes(spelled.toLowerCase()),
      );
      return found === undefined ? [] : [`${tag}: ${found[0]} in ${name}`];
    });
  });
}

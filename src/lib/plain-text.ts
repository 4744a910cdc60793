/** Text from strangers, made fit to stand in a message: well-formed, without control and direction characters. */

const LINE_BREAK = /\r\n?|[\u2028\u2029\u0085\v\f]/g;
const CONTROL = /(?![\n\t])\p{Cc}/gu;
/** Marks, embeddings, overrides and isolates: they reorder what stands around them. */
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const UNWANTED = /[\uFEFF\uFFF9-\uFFFB]|\p{Noncharacter_Code_Point}/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const VISIBLE = /(?![\u115F\u1160\u2800\u3164\uFFA0])[\p{L}\p{N}\p{P}\p{S}]/u;

/** Several lines; line breaks become `\n`, tabs become spaces, a lone surrogate becomes U+FFFD. */
export function cleanText(text: string): string {
  return text
    .replace(LINE_BREAK, "\n")
    .replace(LONE_SURROGATE, "\uFFFD")
    .replace(CONTROL, "")
    .replace(DIRECTION, "")
    .replace(UNWANTED, "")
    .replaceAll("\t", " ")
    .trim();
}

/** One line: line breaks become spaces as well. */
export const cleanLine = (text: string): string => cleanText(text).replace(/\s*\n\s*/g, " ");

/** Whether nothing in the text can be seen: destinations refuse such values as empty. */
export const isBlank = (text: string): boolean => !VISIBLE.test(text);

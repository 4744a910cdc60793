/** What a name that people give may consist of: it ends up in file names, URLs and markers. */
import type { Context } from "./shape.ts";
import type { Span } from "./tree.ts";

const KEY = /^[A-Za-z0-9_.-]{1,100}$/;

export function checkKey(context: Context, key: string, at: Span, what: string): void {
  if (KEY.test(key)) return;
  const message = `${what} has 1 to 100 letters, digits, dots, hyphens or underscores`;
  const hint =
    key.length > 100 ? "shorten it" : `write ${key.replaceAll(/[^A-Za-z0-9_.-]+/g, "-") || "a-name"}`;
  context.report.error({ code: "bad-key", message, hint, at });
}

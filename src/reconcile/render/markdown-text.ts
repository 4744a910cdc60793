/** Untrusted text in a comment: never markup, a mention or a link. */
import { escapeControls } from "../../lib/escape-controls.ts";

/** As code, so that nothing in it is a mention, a link or markup. */
export function code(raw: string): string {
  const text = escapeControls(raw);
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text.replaceAll("|", "\\|")}${pad}${fence}`;
}

/** As prose. */
export const escapeMarkup = (text: string): string =>
  escapeControls(text).replaceAll(/[\\`*_[\]<>|#@]/g, (found) =>
    found === "<" ? "&lt;" : found === "@" ? "&#64;" : `\\${found}`,
  );

/** Where a text stops being JSON. What the engine says about it may lack the place, and quotes the text. */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;

/** Such as `line 2, column 7`, from 1, of the first character that cannot stand there; undefined when the text is JSON. */
export function jsonErrorPlace(text: string): string | undefined {
  const at = jsonErrorAt(text);
  if (at === undefined) return undefined;
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return `line ${line}, column ${at - before.lastIndexOf("\n")}`;
}

/** The offset. A stack of the brackets that are open takes the place of recursion, so that depth is no matter. */
function jsonErrorAt(text: string): number | undefined {
  const open: string[] = [];
  let at = after(text, SPACE, 0);
  /** What may come next: a value, a value or the end of a list, a key, a key or the end of an object, or what follows a value. */
  let next: "value" | "item" | "key" | "member" | "rest" = "value";
  while (at < text.length) {
    const char = text.charAt(at);
    const inner = open.at(-1);
    if (next === "rest") {
      if (char === inner) open.pop();
      else if (char === "," && inner !== undefined) next = inner === "]" ? "value" : "key";
      else return at;
      at += 1;
    } else if ((next === "item" || next === "member") && char === inner) {
      open.pop();
      next = "rest";
      at += 1;
    } else if (next === "key" || next === "member") {
      const [end, whole] = endOfString(text, at);
      const colon = whole ? after(text, SPACE, end) : end;
      if (!whole || text.charAt(colon) !== ":") return colon;
      next = "value";
      at = colon + 1;
    } else if (char === "[" || char === "{") {
      open.push(char === "[" ? "]" : "}");
      next = char === "[" ? "item" : "member";
      at += 1;
    } else {
      const [end, whole] = endOfScalar(text, at);
      if (!whole) return end;
      next = "rest";
      at = end;
    }
    at = after(text, SPACE, at);
  }
  return next === "rest" && open.length === 0 ? undefined : text.length;
}

/** Where a scalar ends, or where it goes wrong, and which of the two. */
function endOfScalar(text: string, from: number): [at: number, whole: boolean] {
  if (text.charAt(from) === '"') return endOfString(text, from);
  const end = Math.max(after(text, NUMBER, from), after(text, WORD, from));
  return [end, end > from];
}

function endOfString(text: string, from: number): [at: number, whole: boolean] {
  if (text.charAt(from) !== '"') return [from, false];
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return [at + 1, true];
    if (char < " ") return [at, false];
    if (char !== "\\") continue;
    const end = after(text, ESCAPE, at + 1);
    if (end === at + 1) return [at, false];
    at = end - 1;
  }
  return [text.length, false];
}

/** Where the match ends that begins at `from`; `from` itself where there is none. */
function after(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

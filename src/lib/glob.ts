/** Wildcards as people write them in lists of names: `*` is any run of characters, `?` one, `{a,b}` either. */
import picomatch from "picomatch";

export interface GlobOptions {
  readonly ignoreCase?: boolean;
}

/** A predicate for one pattern. Slashes and dots are ordinary characters; nothing is special but `*`, `?`, `[…]` and `{…}`. */
export function compileGlob(pattern: string, options: GlobOptions = {}): (text: string) => boolean {
  return picomatch(pattern, {
    bash: true,
    dot: true,
    noextglob: true,
    nonegate: true,
    nocase: options.ignoreCase === true,
  });
}

export const isGlob = (pattern: string): boolean => /[*?[\]{}]/.test(pattern);

/**
 * A predicate for a thing that goes by several names, from an ordered list in which `!pattern` excludes what came before. A pattern
 * matches when it matches any of the names; the last that matches decides. A list that starts with an exclusion starts
 * from everything.
 */
export function compileGlobListOfNames(
  patterns: readonly string[],
  options: GlobOptions = {},
): (names: readonly string[]) => boolean {
  const rules = patterns.map((pattern) => ({
    include: !pattern.startsWith("!"),
    matches: compileGlob(pattern.replace(/^!/, ""), options),
  }));
  const start = rules[0]?.include === false;
  return (names) =>
    rules.reduce((chosen, rule) => (names.some((name) => rule.matches(name)) ? rule.include : chosen), start);
}

/** A predicate for paths with `/` between names: `*` and `?` stay within a name, `**` spans folders, hidden names must be meant. */
export function compilePathGlob(pattern: string): (path: string) => boolean {
  return picomatch(pattern, { noextglob: true, nonegate: true });
}

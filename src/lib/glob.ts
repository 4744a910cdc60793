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
 * A predicate for an ordered list in which `!pattern` excludes what came before; the last pattern that matches decides.
 * A list that starts with an exclusion starts from everything.
 */
export function compileGlobList(
  patterns: readonly string[],
  options: GlobOptions = {},
): (text: string) => boolean {
  const matches = compileGlobListOfNames(patterns, options);
  return (text) => matches([text]);
}

/** The same for a thing that goes by several names: a pattern matches it when it matches any of them. */
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

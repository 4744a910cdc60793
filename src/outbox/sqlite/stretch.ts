/** Some numbers, falling, out of a longer list that is read a stretch at a time. */

export interface Stretch {
  readonly numbers: readonly number[];
  /** Where those that follow begin, below it; undefined when none do. */
  readonly next: number | undefined;
}

export const NOTHING: Stretch = { numbers: [], next: undefined };

/** The first of what several lists hold, each of which was asked for so many. */
export function firstOf(found: readonly number[], count: number): Stretch {
  const numbers = [...new Set(found)].toSorted((a, b) => b - a).slice(0, count);
  return { numbers, next: numbers.length < count ? undefined : numbers.at(-1) };
}

/** What several stretches hold above the place where the first of them ends. */
export function merged(stretches: readonly Stretch[]): Stretch {
  const floor = Math.max(...stretches.map(({ next }) => next ?? -Infinity));
  const numbers = stretches.flatMap((one) => one.numbers.filter((number) => number >= floor));
  return {
    numbers: [...new Set(numbers)].toSorted((a, b) => b - a),
    next: floor === -Infinity ? undefined : floor,
  };
}

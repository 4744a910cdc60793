/** Text that must not be longer than a limit: what says least goes first, and it is said that it went. */

/** A part of a page: rows between a head and a tail, or nothing where there are no rows. */
export interface Section {
  readonly head: string;
  readonly rows: readonly string[];
  /** Between two rows. */
  readonly gap: string;
  readonly tail: string;
  /** Sections of a lower value lose their last rows before any of a higher value does; without one it keeps them. */
  readonly value?: number;
  /** In place of rows that were left out. */
  readonly more: (count: number) => string;
}

export interface Fitted {
  /** In the order of the sections, empty ones left out. */
  readonly texts: readonly string[];
  /** How many rows were left out in all. */
  readonly left: number;
}

/** Between two sections. */
export const BETWEEN = "\n\n";

export function fitSections(sections: readonly Section[], limit: number): Fitted {
  const shown = sections.filter(({ rows }) => rows.length > 0);
  const kept = new Map(shown.map((section) => [section, section.rows.length]));
  let length = shown.reduce(
    (sum, section) => sum + spell(section, section.rows.length).length + BETWEEN.length,
    0,
  );
  const cheapestFirst = shown
    .filter(({ value }) => value !== undefined)
    .toSorted((left, right) => (left.value ?? 0) - (right.value ?? 0));
  for (const section of cheapestFirst) {
    if (length <= limit) break;
    const whole = spell(section, section.rows.length).length;
    const count = fittingRows(section, limit - (length - whole));
    kept.set(section, count);
    length += spell(section, count).length - whole;
  }
  const texts = shown.map((section) => spell(section, kept.get(section) ?? 0));
  const left = shown.reduce((sum, section) => sum + section.rows.length - (kept.get(section) ?? 0), 0);
  return { texts, left };
}

/** The most rows with which the section is no longer than `room`. */
function fittingRows(section: Section, room: number): number {
  let length = spell(section, 0).length;
  let count = 0;
  for (const row of section.rows) {
    length += row.length + section.gap.length;
    if (length > room) break;
    count += 1;
  }
  return count;
}

function spell({ head, rows, gap, tail, more }: Section, count: number): string {
  const shown = count === rows.length ? rows : [...rows.slice(0, count), more(rows.length - count)];
  return `${head}${shown.join(gap)}${tail}`;
}

/** Columns for a terminal. */

const GAP = "  ";
/** A column is not made narrower than this. */
const NARROWEST = 8;

export interface Fit {
  /** Width of the terminal; without it nothing is cut. */
  readonly columns?: number | undefined;
  /** Columns that are never cut, from 0; the first one never is. */
  readonly whole?: readonly number[];
}

/**
 * Rows of cells, padded to the widest cell of their column, two spaces apart, without trailing space. Where they are wider than
 * the terminal, the widest columns give way and end in "…".
 */
export function alignColumns(rows: readonly (readonly string[])[], fit: Fit = {}): string {
  const widths = widthsOf(rows);
  narrow(widths, fit);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cutTo(cell, widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** The same table, or, where it is wider than the terminal, one paragraph per row: its first cell, and the others by their heads. */
export function tableOrParagraphs(
  [head = [], ...rows]: readonly (readonly string[])[],
  columns = Infinity,
): string {
  if (totalOf(widthsOf([head, ...rows])) <= columns) return alignColumns([head, ...rows]);
  const paragraphs = rows.map(([first = "", ...cells]) => {
    const lines = cells.map((cell, index) => [`  ${head[index + 1] ?? ""}`, cell]);
    return `${first}\n${alignColumns(lines)}`;
  });
  return paragraphs.join("\n");
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return widths;
}

const totalOf = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);

function narrow(widths: number[], { columns = Infinity, whole = [] }: Fit): void {
  const mayGive = (width: number, column: number): number =>
    column === 0 || whole.includes(column) ? 0 : width;
  while (totalOf(widths) > columns) {
    const giving = widths.map(mayGive);
    const widest = Math.max(...giving);
    if (widest <= NARROWEST) return;
    widths[giving.lastIndexOf(widest)] = widest - 1;
  }
}

const cutTo = (cell: string, width: number): string =>
  cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width);

/** `2026-11-20 19:03:04Z`, or `-`. */
export function showTime(time: number | undefined): string {
  return time === undefined ? "-" : `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** Makes one line of text from outside safe for a terminal: control characters, line breaks too, are shown as escapes. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

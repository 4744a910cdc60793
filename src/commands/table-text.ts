/** Columns for a terminal. */

const GAP = "  ";
/** A column is not made narrower than this. */
const NARROWEST = 8;

/**
 * Rows of cells, padded to the widest cell of their column, two spaces apart, without trailing space. Where they are wider than
 * `columns`, the widest columns give way and end in "…"; without a width nothing is cut.
 */
export function alignColumns(rows: readonly (readonly string[])[], columns = Infinity): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  narrow(widths, columns);
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

function narrow(widths: number[], columns: number): void {
  const total = (): number => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  while (total() > columns) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return;
    widths[widths.lastIndexOf(widest)] = widest - 1;
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

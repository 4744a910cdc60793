/** What a person should know after an import. */
import { shownPath } from "../config/text-file.ts";
import type { VariableNames } from "../config/compose.ts";
import type { ChangeResult } from "../reconcile/apply.ts";
import type { Importable } from "../reconcile/import.ts";
import type { Io } from "./contract.ts";
import { printable } from "./table-text.ts";

export interface ImportOutcome extends Importable {
  readonly target: string;
  /** Whether the file stands alone, or is one to include. */
  readonly whole: boolean;
  readonly variables: VariableNames;
  readonly results: readonly ChangeResult[];
  /** Absolute. */
  readonly written: string | undefined;
  readonly varsFile: string | undefined;
}

export function tellImported(io: Io, outcome: ImportOutcome): void {
  const { imported, left, results, target, variables, varsFile } = outcome;
  const say = (line: string): void => io.err(`${printable(line)}\n`);
  for (const { kind, remoteId, why } of left) say(`left ${kind} ${remoteId}: ${why}`);
  for (const { key, kind, untold } of imported) {
    if (untold.length === 0) continue;
    say(
      `${key}: ${kind} never gives back ${untold.join(" and ")}; if it has one, add it before you change ${key}`,
    );
  }
  for (const [name, [key = "", ...path]] of variables.unknown) {
    say(`${key}: ${path.join(".")} has a value that is not given back whole; set the variable ${name} to it`);
  }
  if (varsFile === undefined && variables.values.size > 0) {
    say(
      `set these variables, or import with --vars FILE to have them written: ${[...variables.values.keys()].join(", ")}`,
    );
  }
  for (const { change, status, message = "" } of results) {
    if (status !== "applied") say(`${change.key} is not in the inventory: ${message}`);
  }
  const count = imported.length - results.filter(({ status }) => status !== "applied").length;
  say(`imported ${count} from ${target}${left.length === 0 ? "" : `, left ${left.length}`}`);
  if (count > 0) say(whatNext(io, outcome));
}

function whatNext(io: Io, { whole, written }: ImportOutcome): string {
  const file = written === undefined ? "the file" : shownPath(written, io.cwd);
  const use = whole ? `use ${file} in place of the configuration, or include it there,` : `include ${file}`;
  return `${use} before the next apply: what is in the inventory and in no file is deleted`;
}

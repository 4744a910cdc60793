/** A state and its journal as one document, for places that keep one. */
import { digestJson } from "../lib/canonical-json.ts";
import { AppError } from "../model/errors.ts";
import { isObject } from "../model/value.ts";
import type { JournalEntry, StateData } from "./contract.ts";

export interface StateDocument {
  /** Counts uploads, which state servers expect to go up with each. */
  readonly serial: number;
  readonly state: StateData;
  readonly journal: readonly JournalEntry[];
}

export function serialiseDocument({ serial, state, journal }: StateDocument): string {
  const { lineage } = state;
  const checksum = digestJson({ state, journal });
  return `${JSON.stringify({ formatVersion: 1, lineage, serial, checksum, state, journal })}\n`;
}

/** Throws AppError `state-unreadable`. `where` names it in messages. */
export function parseDocument(text: string, where: string): StateDocument {
  const value = parseJson(text);
  if (value === undefined) throw unreadable(where, "it is not JSON");
  const { formatVersion, serial, checksum, state, journal } = value;
  if (formatVersion !== 1 || typeof serial !== "number" || !isObject(state) || !Array.isArray(journal)) {
    throw unreadable(where, "it is not a state that this bellhop wrote");
  }
  if (digestJson({ state, journal }) !== checksum) throw unreadable(where, "its checksum does not fit");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the checksum shows that it is what we wrote
  return { serial, state, journal } as unknown as StateDocument;
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const unreadable = (where: string, why: string): AppError =>
  new AppError("state-unreadable", `${where} cannot be read: ${why}`, {
    hint: "put back an earlier version of it, or make a new one with bellhop state rebuild",
  });

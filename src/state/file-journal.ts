/**
 * The journal of a state file: lines of JSON that are only ever added. The first line names the state that it belongs to, so that
 * what is left of an earlier journal is never taken for this one's.
 */
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { readTextIfExists, syncFolder } from "../lib/atomic-file.ts";
import { groupCommit } from "../lib/group-commit.ts";
import { AppError } from "../model/errors.ts";
import { isObject } from "../model/value.ts";
import type { JournalEntry, StateData } from "./contract.ts";
import { isJournalEntry } from "./journal-entry.ts";

/** The state that a journal is written after. */
type Base = Pick<StateData, "lineage" | "serial">;

export interface FileJournal {
  /** What was written after this state. Throws AppError `state-unreadable`. */
  read(base: Base): Promise<readonly JournalEntry[]>;
  /** Empties it: `base` has taken its place. */
  restart(base: Base): Promise<void>;
  /** Removes what is left of an earlier journal; a damaged one stays. Only for somebody who is the only writer. */
  discardStale(base: Base): Promise<void>;
  append(entries: readonly JournalEntry[]): Promise<void>;
  close(): Promise<void>;
}

export function openFileJournal(file: string): FileJournal {
  let base: Base | undefined;
  let handle: FileHandle | undefined;
  let length = 0;

  const close = async (): Promise<void> => {
    const closing = handle;
    handle = undefined;
    await closing?.close();
  };
  const begin = async (after: Base): Promise<FileHandle> => {
    const opened = await open(file, "w", 0o600);
    handle = opened;
    length = 0;
    await addLine(opened, { journal: 1, lineage: after.lineage, serial: after.serial });
    await syncFolder(dirname(file));
    return opened;
  };
  const addLine = async (opened: FileHandle, ...lines: readonly object[]): Promise<void> => {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    try {
      await opened.write(bytes, 0, bytes.length, length);
      await opened.datasync();
      length += bytes.length;
    } catch (error) {
      // What was written of it must not stand before what comes next.
      await opened.truncate(length);
      throw error;
    }
  };
  return {
    read: async (after) => {
      const text = await readTextIfExists(file);
      return text === undefined ? [] : parseJournal(text, after, file);
    },
    restart: async (after) => {
      await close();
      await rm(file, { force: true });
      base = after;
    },
    discardStale: async (after) => {
      const text = await readTextIfExists(file);
      if (text !== undefined && isSurelyLeftOver(text, after, file)) await rm(file, { force: true });
    },
    append: groupCommit(async (entries) => {
      if (base === undefined) throw new Error("a journal follows a state that was written");
      await addLine(handle ?? (await begin(base)), ...entries);
    }),
    close,
  };
}

/** An unfinished end was never acted upon and counts as not written; other damage may hide a call that was made. */
function parseJournal(text: string, base: Base, file: string): readonly JournalEntry[] {
  if (isLeftOver(text, base, file)) return [];
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  lines.pop();
  const rest = lines.slice(1).map(parseLine);
  const end = rest.indexOf(undefined);
  const whole = end === -1 ? rest : rest.slice(0, end);
  if (end !== -1 && rest.slice(end).some((line) => line !== undefined)) throw damaged(file, end + 2);
  return whole.map((line, index) => {
    if (isJournalEntry(line)) return line;
    throw damaged(file, index + 2);
  });
}

/** Whether it is of an earlier state, or was never begun. Throws where its first line does not tell. */
function isLeftOver(text: string, base: Base, file: string): boolean {
  const end = text.indexOf("\n");
  if (end === -1 && isBeginning(text)) return true;
  const head = parseLine(end === -1 ? text : text.slice(0, end));
  const { journal, lineage, serial } = head ?? {};
  if (journal !== 1 || typeof lineage !== "string" || typeof serial !== "number") throw damaged(file, 1);
  if (lineage === base.lineage && serial > base.serial) throw ahead(file, serial, base.serial);
  return lineage !== base.lineage || serial !== base.serial;
}

function isSurelyLeftOver(text: string, base: Base, file: string): boolean {
  try {
    return isLeftOver(text, base, file);
  } catch {
    return false;
  }
}

/** What a killed process or a lost disk cache may leave of the first line: no call was made after it. */
function isBeginning(text: string): boolean {
  const known = '{"journal":1,"lineage":"';
  const written = text.replace(/\0+$/, "");
  return written.length <= known.length ? known.startsWith(written) : written.startsWith(known);
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const HINT =
  "it may tell of objects that were made and are in no state yet: bellhop state rebuild makes a new state from what is in the targets";

const damaged = (file: string, line: number): AppError =>
  new AppError("state-unreadable", `the journal ${file} cannot be read: line ${line} is damaged`, {
    hint: HINT,
  });

const ahead = (file: string, serial: number, known: number): AppError =>
  new AppError(
    "state-unreadable",
    `the journal ${file} follows a later state (serial ${serial}) than the one beside it (serial ${known})`,
    { hint: HINT },
  );

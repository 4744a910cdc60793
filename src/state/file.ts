/**
 * State in one JSON file, through lowdb with a durable adapter of our own: mode 0600, checksummed, written whole or not at all. Beside
 * it, as `<file>.previous`, is the generation before the last write, with its journal: it knows every object that was made by then.
 */
import { rename } from "node:fs/promises";
import type { Adapter } from "lowdb";
import { Low } from "lowdb";
import { readTextIfExists, removeLeftovers, writeFileAtomic } from "../lib/atomic-file.ts";
import { compareText, digestJson } from "../lib/canonical-json.ts";
import { AppError } from "../model/errors.ts";
import { isObject } from "../model/value.ts";
import type { StateData, StateStore } from "./contract.ts";
import { openFileJournal } from "./file-journal.ts";
import type { FileJournal } from "./file-journal.ts";
import { lockStateFile, unlockStateFile } from "./file-lock.ts";
import { foldJournal } from "./journal.ts";
import { expectSuccessor } from "./successor.ts";

/** `file` is absolute and need not exist. */
export function openFileState(file: string): StateStore {
  const journal = openFileJournal(`${file}.journal`);
  const db = new Low<Held>(durableAdapter(file, journal), {});
  const lockFile = `${file}.lock`;
  const where = `the state ${file}`;
  const explained = <T>(action: Promise<T>): Promise<T> =>
    action.catch((error: unknown) => {
      throw explain(file, error);
    });
  let journaled = false;
  const read = async (): Promise<StateData | undefined> => {
    db.data = {};
    await db.read();
    const { state } = db.data;
    const entries = state === undefined ? [] : await journal.read(state);
    journaled = entries.length > 0;
    return state && foldJournal(state, entries);
  };
  /** What a writer that died left behind; a state or journal that is damaged is for `read` to report. */
  const tidy = async (): Promise<void> => {
    await removeLeftovers(file);
    const text = await readTextIfExists(file);
    if (text !== undefined && isReadable(text, file)) await journal.discardStale(parseState(text, file));
  };

  return {
    read: () => explained(read()),
    hasJournal: () => journaled,
    write: (state, { overwrite = false } = {}) =>
      explained(
        (async () => {
          db.data = { state, overwrite };
          await db.write();
          await journal.restart(state);
        })(),
      ),
    append: (entries) => explained(journal.append(entries)),
    lock: (request) => explained(lockStateFile(lockFile, where, request, tidy)),
    unlock: (id) => explained(unlockStateFile(lockFile, where, id)),
    close: () => journal.close(),
  };
}

/** What lowdb holds: it wants something even where there is no state. */
interface Held {
  readonly state?: StateData;
  readonly overwrite?: boolean;
}

function durableAdapter(file: string, journal: FileJournal): Adapter<Held> {
  return {
    read: async () => {
      const text = await readTextIfExists(file);
      return text === undefined ? null : { state: parseState(text, file) };
    },
    write: async ({ state, overwrite = false }) => {
      if (state === undefined) return;
      const current = await readTextIfExists(file);
      if (current !== undefined) await makeWay(file, current, journal, { state, overwrite });
      await writeFileAtomic(file, serialiseState(state), 0o600);
    },
  };
}

/** What is there is kept beside it; a damaged one not where the last good one stands. */
async function makeWay(
  file: string,
  text: string,
  journal: FileJournal,
  { state, overwrite }: { readonly state: StateData; readonly overwrite: boolean },
): Promise<void> {
  if (overwrite && !isReadable(text, file)) return rename(file, `${file}.damaged`);
  const current = parseState(text, file);
  if (!overwrite) expectSuccessor(`the state ${file}`, current, state);
  const entries = await journal.read(current).catch((error: unknown) => {
    if (overwrite) return [];
    throw error;
  });
  const previous = entries.length === 0 ? text : serialiseState(foldJournal(current, entries));
  return writeFileAtomic(`${file}.previous`, previous, 0o600);
}

function isReadable(text: string, file: string): boolean {
  try {
    parseState(text, file);
    return true;
  } catch {
    return false;
  }
}

function serialiseState(state: StateData): string {
  const entries = Object.entries(state.inventory).toSorted(([left], [right]) => compareText(left, right));
  const { inventory: _, ...head } = state;
  const body = { ...head, checksum: digestJson(state), inventory: Object.fromEntries(entries) };
  return `${JSON.stringify(body, null, 2)}\n`;
}

function parseState(text: string, file: string): StateData {
  const value = parseJson(text);
  if (value === undefined) throw unreadable(file, "it is not JSON");
  const { checksum, ...state } = value;
  if (state["formatVersion"] !== 1) {
    const found = typeof state["formatVersion"] === "number" ? String(state["formatVersion"]) : "none";
    throw unreadable(file, `its format version is ${found}, and this bellhop reads 1`);
  }
  if (digestJson(state) !== checksum) throw unreadable(file, "its checksum does not fit");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the checksum shows that it is what we wrote
  return state as unknown as StateData;
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the file system refuses is a sentence for people; everything else stays as it is. */
function explain(file: string, error: unknown): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  return new AppError("state-unreadable", `the state ${file} cannot be used: ${error.message}`, {
    hint: "check the path, its permissions and the space on the disk",
    cause: error,
  });
}

function unreadable(file: string, why: string): AppError {
  return new AppError("state-unreadable", `the state ${file} cannot be read: ${why}`, {
    hint: `bellhop state rebuild makes a new one from what is in the targets; ${file}.previous, the state before the last write, may be copied over it only when no apply has made anything since`,
  });
}

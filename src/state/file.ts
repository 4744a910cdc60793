/**
 * State in one JSON file, through lowdb with a durable adapter of our own: mode 0600, checksummed, written whole or not at all, the
 * generation before the last write beside it as `<file>.previous`.
 */
import type { Adapter } from "lowdb";
import { Low } from "lowdb";
import { readTextIfExists, writeFileAtomic } from "../lib/atomic-file.ts";
import { compareText, digestJson } from "../lib/canonical-json.ts";
import { AppError } from "../model/errors.ts";
import { isObject } from "../model/value.ts";
import type { StateData, StateStore } from "./contract.ts";

/** `file` is absolute and need not exist. */
export function openFileState(file: string): StateStore {
  const db = new Low<Held>(durableAdapter(file), {});
  return {
    read: async () => {
      db.data = {};
      await db.read().catch((error: unknown) => {
        throw explain(file, error);
      });
      return db.data.state;
    },
    write: async (state) => {
      db.data = { state };
      await db.write().catch((error: unknown) => {
        throw explain(file, error);
      });
    },
    close: () => Promise.resolve(),
  };
}

/** What lowdb holds: it wants something even where there is no state. */
interface Held {
  readonly state?: StateData;
}

function durableAdapter(file: string): Adapter<Held> {
  return {
    read: async () => {
      const text = await readTextIfExists(file);
      return text === undefined ? null : { state: parseState(text, file) };
    },
    write: async ({ state }) => {
      if (state === undefined) return;
      const current = await readTextIfExists(file);
      if (current !== undefined) {
        parseState(current, file);
        await writeFileAtomic(`${file}.previous`, current, 0o600);
      }
      await writeFileAtomic(file, serialiseState(state), 0o600);
    },
  };
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
    hint: `the generation before the last write is ${file}.previous; copy it over the damaged file`,
  });
}

/**
 * A store in one JSON file, through lowdb with a durable adapter of our own: a write is seen whole or not at all, by other
 * processes too. Secrets stand in clear in the file, whose mode is 0600, and are Secret in memory.
 */
import { stat } from "node:fs/promises";
import type { Adapter } from "lowdb";
import { Low } from "lowdb";
import { isErrno, readTextIfExists, removeLeftovers, writeFileAtomic } from "../lib/atomic-file.ts";
import { LockTimeout, withLockFile } from "../lib/lock-file.ts";
import type { Conceal } from "../model/conceal.ts";
import { AppError } from "../model/errors.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Store } from "./contract.ts";
import { parseStore, serialiseStore } from "./document.ts";
import type { StoreDocument } from "./document.ts";

export interface FileStoreOptions {
  /** Absolute path; need not exist, and is only made by the first write. */
  readonly file: string;
  readonly conceal: Conceal;
  /** How often `watch` looks, in milliseconds. */
  readonly pollMs?: number;
  /** How long a write waits for writers of other processes, in milliseconds. */
  readonly waitMs?: number;
}

export function openFileStore(options: FileStoreOptions): Store {
  const { file, conceal, pollMs = 300, waitMs = 10_000 } = options;
  const db = new Low<StoreDocument>(durableAdapter(file, conceal), { rest: {}, records: [] });
  const changes = createNotice(() => fileMark(file), pollMs);
  let loaded: string | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  /** Reads the file when it is not the one that is in memory. One at a time: `queue` sees to it. */
  const refresh = async (): Promise<void> => {
    const mark = await fileMark(file);
    if (mark === loaded) return;
    if (mark === "absent") db.data = { rest: {}, records: [] };
    else await db.read();
    loaded = mark;
  };
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = queue.then(action);
    queue = result.catch(() => undefined);
    return result;
  };
  const commit = async <T>(change: (records: StoreRecord[]) => T): Promise<T> => {
    await refresh();
    const before = db.data.records;
    const records = [...before];
    const result = change(records);
    if (records.length === before.length && records.every((record, index) => record === before[index])) {
      return result;
    }
    loaded = undefined;
    db.data = { rest: db.data.rest, records };
    await db.write();
    loaded = await fileMark(file);
    changes.announce(loaded);
    return result;
  };

  return {
    read: () => inTurn(async () => (await refresh(), db.data.records)),
    write: (change) =>
      inTurn(() =>
        withLockFile(`${file}.lock`, () => commit(change), {
          waitMs,
          onStale: () => removeLeftovers(file),
        }).catch((error: unknown) => {
          if (error instanceof LockTimeout) throw busy(file, error);
          throw error instanceof Error && "syscall" in error ? inaccessible(file, error) : error;
        }),
      ),
    // What was read last is what the caller knows; before that, what is there now.
    watch: (changed) => changes.subscribe(changed, loaded),
    close: async () => {
      changes.stop();
      await queue;
    },
  };
}

interface Notice {
  /** `known` is the mark that the caller knows; without it, what the first look finds. */
  subscribe(changed: () => void, known: string | undefined): () => void;
  announce(mark: string): void;
  stop(): void;
}

/** Tells listeners when the mark is another one; looks for it while there are any. */
function createNotice(mark: () => Promise<string>, pollMs: number): Notice {
  const listeners = new Set<() => void>();
  let announced: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const announce = (found: string): void => {
    if (found === announced) return;
    const first = announced === undefined;
    announced = found;
    if (!first) for (const listener of listeners) listener();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    announced = undefined;
    listeners.clear();
  };
  return {
    announce: (found) => {
      if (listeners.size > 0) announce(found);
    },
    stop,
    subscribe: (changed, known) => {
      const listener = (): void => changed();
      listeners.add(listener);
      if (timer === undefined) {
        announced = known;
        const look = (): void => void mark().then(announce, () => undefined);
        look();
        timer = setInterval(look, pollMs);
        timer.unref();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
  };
}

function durableAdapter(file: string, conceal: Conceal): Adapter<StoreDocument> {
  return {
    read: async () => {
      const text = await readTextIfExists(file).catch((error: unknown) => {
        throw inaccessible(file, error);
      });
      return text === undefined ? null : parseStore(text, file, conceal);
    },
    write: (document) =>
      writeFileAtomic(file, serialiseStore(document), 0o600).catch((error: unknown) => {
        throw inaccessible(file, error);
      }),
  };
}

/** Changes whenever the file does: every write is a new inode. */
async function fileMark(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino}.${size}.${mtimeNs}`;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "absent";
    throw inaccessible(file, error);
  }
}

function inaccessible(file: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError("store-unreadable", `the store ${file} cannot be used: ${why}`, {
    hint: "check the path, its permissions and the space on the disk",
    cause,
  });
}

function busy(file: string, cause: LockTimeout): AppError {
  const holder = cause.holder === undefined ? "another process" : `process ${cause.holder}`;
  return new AppError("store-busy", `the store ${file} is being written by ${holder}`, {
    hint: `try again; if no bellhop is running, remove ${cause.lockFile}`,
    cause,
  });
}

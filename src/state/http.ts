/**
 * State at a URL, by the protocol of Terraform's HTTP backend: GET and POST of one document, LOCK and UNLOCK with Terraform's lock
 * information. The journal is part of the document, since what runs apply in CI keeps nothing. Credentials stand in the URL and are
 * never shown; of the URL itself a message has scheme and host.
 */
import { groupCommit } from "../lib/group-commit.ts";
import type { HttpClient } from "../lib/http.ts";
import { AppError } from "../model/errors.ts";
import type { StateStore } from "./contract.ts";
import { lockAtUrl, unlockAtUrl } from "./http-lock.ts";
import { stateRequests } from "./http-requests.ts";
import type { StateRequests } from "./http-requests.ts";
import { foldJournal } from "./journal.ts";
import { parseDocument, serialiseDocument } from "./state-document.ts";
import type { StateDocument } from "./state-document.ts";
import { expectSuccessor } from "./successor.ts";

export interface HttpStateOptions {
  readonly url: string;
  /** Not closed with the state. Must read documents of many MiB. */
  readonly http: HttpClient;
  /** Waits before something is tried again; not longer than until the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export function openHttpState(options: HttpStateOptions): StateStore {
  const requests = stateRequests(options);
  const { where } = requests;
  let lockId: string | undefined;
  let journaled = false;
  /** What this store wrote last. */
  let written: StateDocument | undefined;

  const put = async (document: StateDocument): Promise<void> => {
    await upload(requests, document, lockId);
    written = document;
  };
  return {
    read: async () => {
      const found = await download(requests);
      journaled = found !== undefined && found.journal.length > 0;
      return found && foldJournal(found.state, found.journal);
    },
    hasJournal: () => journaled,
    write: async (state, { overwrite = false } = {}) => {
      const current = await download(requests).catch((error: unknown) => {
        if (overwrite && error instanceof AppError && error.code === "state-unreadable") return undefined;
        throw error;
      });
      if (current !== undefined && !overwrite) expectSuccessor(where, current.state, state);
      const serial = Math.max(current?.serial ?? 0, written?.serial ?? 0) + 1;
      await put({ serial, state, journal: [] });
    },
    append: groupCommit(async (entries) => {
      if (written === undefined) throw new Error("a journal follows a state that was written");
      const current = await download(requests);
      if (current === undefined || current.serial !== written.serial) {
        expectSuccessor(where, current?.state ?? written.state, written.state);
      }
      await put({ ...written, serial: written.serial + 1, journal: [...written.journal, ...entries] });
    }),
    lock: async (request) => {
      const lock = await lockAtUrl(requests, request, options.sleep);
      lockId = lock.info.id;
      return {
        info: lock.info,
        release: async () => {
          lockId = undefined;
          await lock.release();
        },
      };
    },
    unlock: (id) => unlockAtUrl(requests, id),
    close: () => Promise.resolve(),
  };
}

async function download(requests: StateRequests): Promise<StateDocument | undefined> {
  const { status, body } = await requests.send("GET");
  if (status === 404 || status === 204) return undefined;
  if (status !== 200) throw requests.refused("GET", status);
  // It may be the good one that was cut short or lost on the way: taken for none, it would be overwritten.
  if (body.trim() === "") throw empty(requests.where);
  return parseDocument(body, requests.where);
}

const empty = (where: string): AppError =>
  new AppError("state-unreadable", `${where} cannot be read: its server answers 200 without a state`, {
    hint: "where there is none yet, the server must answer 404 or 204; where there was one, put it back, or make a new one with bellhop state rebuild",
  });

/** An upload whose answer was lost is looked for before it is made again. */
async function upload(requests: StateRequests, document: StateDocument, lockId?: string): Promise<void> {
  const text = serialiseDocument(document);
  const landed = async (): Promise<boolean> => {
    const { status, body } = await requests.send("GET");
    return status === 200 && body === text;
  };
  const { status } = await requests.send("POST", {
    body: text,
    landed,
    ...(lockId === undefined ? {} : { lockId }),
  });
  if (status >= 200 && status < 300) return;
  throw requests.refused("POST", status);
}

/** The state that a configuration names. */
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpClient } from "../lib/http.ts";
import { AppError } from "../model/errors.ts";
import type { StateStore } from "../state/contract.ts";
import { openFileState } from "../state/file.ts";
import { openHttpState } from "../state/http.ts";

const DOCUMENT_LIMIT = 256 * 1024 * 1024;

/** `location` is an absolute path or a URL, as Config.state. Opens nothing yet. */
export function openState(location: string): StateStore {
  if (/^https?:\/\//i.test(location)) return openStateAtUrl(location);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1];
  if (scheme === undefined) return openFileState(location);
  // Names the scheme only: the rest may hold a password.
  throw new AppError("unsupported", `a state at ${scheme}:// is not supported yet`, {
    hint: "use a file, or an http(s) URL",
  });
}

function openStateAtUrl(url: string): StateStore {
  const http = createHttpClient({ maxBodyBytes: DOCUMENT_LIMIT, userAgent: "bellhop" });
  const state = openHttpState({
    url,
    http,
    sleep: (ms, signal) =>
      sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  });
  return { ...state, close: () => http.close() };
}

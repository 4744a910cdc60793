/** Requests to a state URL: repeated where that is harmless, and failures as sentences that show no credentials. */
import { createHash } from "node:crypto";
import type { HttpClient, PostResponse, PostResult } from "../lib/http.ts";
import { AppError } from "../model/errors.ts";

export type StateMethod = "GET" | "POST" | "LOCK" | "UNLOCK";

export interface StateRequestOptions {
  readonly body?: string;
  /** Of the lock that is held. */
  readonly lockId?: string;
  /** Whether a request that got no answer was carried out all the same. */
  readonly landed?: () => Promise<boolean>;
}

export interface StateRequests {
  /** Names the state in messages, without credentials. */
  readonly where: string;
  /** Throws AppError where no usable answer comes. A status is an answer. */
  send(
    method: StateMethod,
    options?: StateRequestOptions,
  ): Promise<{ readonly status: number; readonly body: string }>;
  /** The error for a status that is not understood. */
  refused(method: StateMethod, status: number): AppError;
}

const DEADLINE_MS = 30_000;
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;

export function stateRequests(options: {
  readonly url: string;
  readonly http: HttpClient;
  readonly sleep: (ms: number) => Promise<void>;
}): StateRequests {
  const { url, http, sleep } = options;
  const where = `the state at ${shown(url)}`;

  const once = (method: StateMethod, { body, lockId }: StateRequestOptions): Promise<PostResult> =>
    http.request({
      url: withLock(url, lockId),
      method,
      headers:
        body === undefined
          ? [["accept", "application/json"]]
          : [
              ["content-type", "application/json"],
              ["content-md5", md5(body)],
            ],
      deadlineMs: DEADLINE_MS,
      ...(body === undefined ? {} : { body }),
    });
  return {
    where,
    send: async (method, request = {}) => {
      for (let count = 1; ; count += 1) {
        const result = await once(method, request);
        const { response } = result;
        const usable = response !== undefined && response.brokenOff === undefined;
        if (usable && response.status < 500 && response.status !== 429) return checked(response, where);
        if ((await request.landed?.().catch(() => false)) === true) return { status: 200, body: "" };
        if (count >= ATTEMPTS) throw unreachable(where, method, result);
        await sleep(FIRST_WAIT_MS * 2 ** (count - 1));
      }
    },
    refused: (method, status) => refused(where, method, status),
  };
}

/** Scheme and host: path and query may hold a credential too. */
function shown(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/…`;
}

function withLock(url: string, lockId: string | undefined): string {
  if (lockId === undefined) return url;
  const locked = new URL(url);
  locked.searchParams.set("ID", lockId);
  return locked.href;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("base64");

function checked(response: PostResponse, where: string): { readonly status: number; readonly body: string } {
  const { status, body, headers, truncated } = response;
  if (truncated) throw new AppError("state-unreadable", `${where} is too large to be read`);
  const wanted = headers.find(([name]) => name === "content-md5")?.[1];
  if (status === 200 && wanted !== undefined && body !== "" && wanted !== md5(body)) {
    throw new AppError(
      "state-unreadable",
      `${where} did not arrive as it was sent: its Content-MD5 does not fit`,
      {
        hint: "try again",
      },
    );
  }
  return { status, body };
}

function refused(where: string, method: StateMethod, status: number): AppError {
  if (status === 401 || status === 403) {
    return new AppError("api-unauthorised", `${where} does not accept the credentials (${status})`, {
      hint: "put them into the URL: https://${env:USER}:${env:PASSWORD}@…",
    });
  }
  if ((method === "LOCK" || method === "UNLOCK") && [400, 404, 405, 501].includes(status)) {
    return new AppError(
      "unsupported",
      `${where} cannot be locked: its server answers ${status} to ${method}`,
      {
        hint: "use a server of Terraform's HTTP backend protocol with LOCK and UNLOCK",
      },
    );
  }
  return new AppError("api-rejected", `${where}: its server answers ${status} to ${method}`);
}

function unreachable(where: string, method: StateMethod, { response, failure }: PostResult): AppError {
  const why = response === undefined ? (failure?.code ?? "no answer") : `status ${response.status}`;
  return new AppError("api-unreachable", `${where} cannot be reached: ${method}: ${why}`, {
    hint: "check the URL and the network, and try again",
  });
}

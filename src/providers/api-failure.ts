/** Why a provider's API did not do what was asked: told apart, in the provider's own words, without secrets. */
import type { FailureClass } from "../lib/http.ts";
import { createRedactor } from "../lib/redact.ts";
import { AppError } from "../model/errors.ts";
import type { ErrorCode } from "../model/errors.ts";
import { maskSecret } from "../model/secret.ts";

/** What a provider says in the body of an error. */
export interface Complaint {
  readonly message: string;
  /** The field that it is about, in the provider's spelling. */
  readonly field?: string;
  /** The provider's own code. */
  readonly code?: string;
  /** What to do about it, where the code tells. */
  readonly hint?: string;
}

export type FailureKind = "rejected" | "unauthorised" | "not-found" | "limited" | "unreachable";

export interface ApiFailure {
  readonly kind: FailureKind;
  /** In words, with what was asked for. */
  readonly message: string;
  readonly hint: string;
  readonly status?: number;
  /** Whether it may have been carried out all the same. */
  readonly mayHaveLanded: boolean;
  /** Whether it may be carried out yet: whoever was asked may still be at it. */
  readonly mayLandLater?: boolean;
  /** Whether the same request may well succeed later. */
  readonly transient: boolean;
  /** Milliseconds from the answer before which it is not to be repeated. */
  readonly retryAfterMs?: number;
}

const CODES: Readonly<Record<FailureKind, ErrorCode>> = {
  rejected: "api-rejected",
  unauthorised: "api-unauthorised",
  "not-found": "not-found",
  limited: "api-limited",
  unreachable: "api-unreachable",
};

export const toAppError = (failure: ApiFailure): AppError =>
  new AppError(CODES[failure.kind], failure.message, { hint: failure.hint });

const LOOKED_FOR_FIRST = "apply again: it is looked for first, so that nothing is made twice";

/** A creation that left nothing to be found. */
export const withoutTrace = (failure: ApiFailure): ApiFailure => ({
  ...failure,
  message: `${failure.message}; nothing of it is there${failure.mayLandLater === true ? " yet" : ""}`,
  hint: `${failure.hint}; ${LOOKED_FOR_FIRST}`,
});

/** A creation of which nobody can tell whether it was carried out. */
export const notKnown = (failure: ApiFailure, why: string): ApiFailure => ({
  ...failure,
  message: `${failure.message}; whether it was carried out is not known: ${why}`,
  hint: `${failure.hint}; ${LOOKED_FOR_FIRST}`,
});

/** What was asked, for messages: `Qovery: PUT /organization/…/webhook/…`. */
export interface Asked {
  readonly title: string;
  readonly method: string;
  readonly path: string;
}

const asked = ({ title, method, path }: Asked): string => `${title}: ${method} ${path.replace(/\?.*$/, "")}`;

const NETWORK: Readonly<
  Record<FailureClass, { readonly words: string; readonly reached: boolean; readonly transient: boolean }>
> = {
  dns: { words: "its host name is not known", reached: false, transient: true },
  "no-route": { words: "there is no route to it", reached: false, transient: true },
  "connection-refused": { words: "the connection was refused", reached: false, transient: true },
  tls: { words: "the TLS connection failed", reached: false, transient: false },
  "connection-reset": {
    words: "the connection broke off before an answer came",
    reached: true,
    transient: true,
  },
  timeout: { words: "no answer came in time", reached: true, transient: true },
  "bad-response": { words: "what came is not HTTP", reached: true, transient: false },
  aborted: { words: "it was interrupted", reached: true, transient: false },
  "egress-refused": { words: "its address may not be connected to", reached: false, transient: false },
  "invalid-request": { words: "the request cannot be sent as it is", reached: false, transient: false },
  internal: { words: "the request could not be made", reached: true, transient: false },
};

export function networkFailure(what: Asked, failure: { class: FailureClass; code: string }): ApiFailure {
  const { words, reached, transient } = NETWORK[failure.class];
  return {
    kind: "unreachable",
    message: `${asked(what)}: ${words} (${failure.code})`,
    hint: "check the network and the target's api.url, and try again",
    mayHaveLanded: reached,
    mayLandLater: failure.class === "timeout",
    transient,
  };
}

/** An answer with a status of success whose body is not what the API documents. */
export function strangeAnswer(what: Asked, status: number, why: string, transient: boolean): ApiFailure {
  return {
    kind: "unreachable",
    message: `${asked(what)}: ${why} (${status})`,
    hint: "check that the target's api.url is the provider's API",
    status,
    mayHaveLanded: true,
    transient,
  };
}

/** The statuses after which the same request may well succeed. */
const PASSING = new Set([408, 429, 502, 503, 504]);

/** `complaint` is the provider's, with secrets left out already. */
export function statusFailure(
  what: Asked,
  status: number,
  complaint: Complaint | undefined,
  retryAfterMs: number | undefined,
): ApiFailure {
  const kind = kindOf(status);
  const details = [status, ...(complaint?.code === undefined ? [] : [`code ${complaint.code}`])].join(", ");
  const field = complaint?.field === undefined ? "" : `${complaint.field}: `;
  return {
    kind,
    message: `${asked(what)}: ${field}${complaint?.message ?? WORDS[kind]} (${details})`,
    hint: complaint?.hint ?? hintFor(kind, status),
    status,
    mayHaveLanded: status >= 500 || status === 408,
    mayLandLater: status === 504 || status === 408,
    transient: PASSING.has(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return "unauthorised";
  if (status === 404 || status === 410) return "not-found";
  if (status === 429) return "limited";
  if (status >= 500 || status === 408 || status < 400) return "unreachable";
  return "rejected";
}

const WORDS: Readonly<Record<FailureKind, string>> = {
  rejected: "refused without a reason",
  unauthorised: "not allowed",
  "not-found": "not found",
  limited: "too many requests",
  unreachable: "the provider failed",
};

function hintFor(kind: FailureKind, status: number): string {
  switch (kind) {
    case "unauthorised":
      return status === 401
        ? "check the target's credentials: they are not accepted"
        : "give the credentials the right to manage notifications";
    case "not-found":
      return "plan again: it may be gone, or the target's scope may be wrong";
    case "limited":
      return "try again later, or change fewer things at once";
    case "unreachable":
      return status < 400
        ? "check the target's api.url: the answer is no answer of this API"
        : "try again later: the fault is on the provider's side";
    case "rejected":
      return "correct what the message names and apply again";
  }
}

const redact = createRedactor();
const LONGEST_MESSAGE = 500;
/** What is shorter is too common to be looked for. */
const SHORTEST_SECRET = 4;
const SHORTEST_PART = 8;

/** Somebody else's text, fit to be shown: on one line, of bounded length, without any of the secrets or their parts. */
export function cleanMessage(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    for (const [part, mask] of spellings(secret)) clean = clean.replaceAll(part, mask);
  }
  clean = redact(clean, secrets);
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  clean = clean.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE)}…` : clean;
}

function spellings(secret: string): readonly (readonly [string, string])[] {
  const mask = maskSecret(secret);
  const whole = [secret, encodeURIComponent(secret), encodeURI(secret), JSON.stringify(secret).slice(1, -1)]
    .filter((text) => text.length >= SHORTEST_SECRET)
    .map((text) => [text, mask] as const);
  const url = /^https?:/i.test(secret) && URL.canParse(secret) ? new URL(secret) : undefined;
  if (url === undefined) return whole;
  const tokens = [...url.pathname.split("/"), ...url.searchParams.values()].filter((text) => /\d/.test(text));
  const parts = [`${url.pathname}${url.search}`, url.pathname, ...tokens].filter(
    (text) => text.length >= SHORTEST_PART,
  );
  return [...whole, ...parts.map((text) => [text, "(secret)"] as const)];
}

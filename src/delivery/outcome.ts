/** What an answer, or the lack of one, means for a delivery. Pure; one table per destination. */
import type { ErrorClass } from "../model/delivery.ts";
import type { Destination } from "../model/request.ts";
import type { FailureClass, PostResponse, PostResult } from "../lib/http.ts";

/**
 * `delivered`; `retry` later; `gone`: the endpoint will never work again, its integration is disabled and the delivery
 * held; `invalid`: this payload will never be taken, the delivery is discarded; `aborted`: counts as no attempt.
 */
export type Verdict =
  | { readonly is: "delivered"; readonly note?: string }
  | {
      readonly is: "retry";
      readonly errorClass: ErrorClass;
      readonly note: string;
      /** Whether the fault is ours (no DNS, no route): never counted against the integration. */
      readonly ours: boolean;
    }
  | { readonly is: "gone"; readonly errorClass: ErrorClass; readonly note: string }
  | { readonly is: "invalid"; readonly errorClass: ErrorClass; readonly note: string }
  | { readonly is: "aborted" };

export function judge(destination: Destination, result: PostResult): Verdict {
  if (result.response !== undefined) return judgeAnswer(destination, result.response);
  return judgeFailure(result.failure ?? { class: "internal", code: "no answer" });
}

/** An answer that we cut short ourselves may have been a better one than it looks. */
function judgeAnswer(destination: Destination, response: PostResponse): Verdict {
  const verdict = judgeResponse(destination, response);
  return response.brokenOff === "aborted" && verdict.is === "retry" ? { is: "aborted" } : verdict;
}

/** What is not the endpoint's doing, nor that of whoever configured it: never counted against the integration. */
const OURS: ReadonlySet<FailureClass> = new Set(["dns", "no-route", "internal"]);

function judgeFailure({ class: failure, code, detail }: NonNullable<PostResult["failure"]>): Verdict {
  switch (failure) {
    case "aborted":
      return { is: "aborted" };
    case "invalid-request":
      return { is: "invalid", errorClass: "render", note: detail ?? "the request cannot be sent as it is" };
    case "egress-refused":
      // The configuration's fault, and mended there: attempts go on until it is, and people are told.
      return retry(failure, detail ?? "its address may not be connected to");
    default: {
      const { words, withCode } = FAILURES[failure];
      const note = withCode ? `${words} (${code})` : words;
      return { is: "retry", errorClass: failure, note, ours: OURS.has(failure) };
    }
  }
}

const FAILURES: Readonly<
  Record<
    Exclude<FailureClass, "aborted" | "invalid-request" | "egress-refused">,
    { readonly words: string; readonly withCode: boolean }
  >
> = {
  dns: { words: "the name could not be resolved", withCode: true },
  "no-route": { words: "no route to the host", withCode: true },
  "connection-refused": { words: "the connection was refused", withCode: false },
  "connection-reset": { words: "the connection was reset", withCode: false },
  tls: { words: "the TLS handshake or certificate failed", withCode: true },
  timeout: { words: "no complete answer in time", withCode: false },
  "bad-response": { words: "the answer was not valid HTTP", withCode: true },
  internal: { words: "the request could not be made", withCode: true },
};

/** Tried again, and counted against the integration. */
const retry = (errorClass: ErrorClass, note: string): Verdict => ({
  is: "retry",
  errorClass,
  note,
  ours: false,
});
const gone = (note: string): Verdict => ({ is: "gone", errorClass: "gone", note });
const invalid = (note: string): Verdict => ({ is: "invalid", errorClass: "invalid-payload", note });

function judgeResponse(destination: Destination, response: PostResponse): Verdict {
  const permanent = permanentCode(destination, response);
  if (permanent !== undefined) return permanent;
  const { status } = response;
  if (status >= 200 && status < 300) return judgeSuccess(destination, response);
  if (status === 410) return gone("answered 410 Gone");
  if (status === 429) return retry("rate-limited", "answered 429 Too Many Requests");
  if (status >= 300 && status < 400)
    return retry("redirect", `answered ${status}; redirects are not followed`);
  return retry(status >= 500 ? "http-5xx" : "http-4xx", `answered ${status}`);
}

function judgeSuccess(destination: Destination, response: PostResponse): Verdict {
  const broken = response.brokenOff === undefined ? {} : { note: "the answer's body broke off" };
  switch (destination) {
    case "raw":
    case "discord":
      return { is: "delivered", ...broken };
    case "slack":
      return saysOk(response.body)
        ? { is: "delivered" }
        : retry("rejected", `Slack answered ${response.status} without "ok"`);
    case "teams-connector":
      return response.body.trim() === "1" ? { is: "delivered" } : connectorError(response);
    case "teams-workflow":
      return response.status === 202
        ? { is: "delivered", note: "accepted by the workflow, not necessarily posted" }
        : { is: "delivered", ...broken };
  }
}

/** Incoming webhooks say `ok`; compatible servers answer with JSON that has `ok: true`. */
const saysOk = (body: string): boolean => body.trim() === "ok" || member(body, "ok") === true;

/** A connector answers 200 with a sentence that names the status it got further on. */
function connectorError({ status, body }: PostResponse): Verdict {
  const inner = /HTTP error (\d{3})/.exec(body)?.[1];
  if (inner === "413") return invalid("the Teams connector says that the card is too large");
  const note = `the Teams connector answered ${status} with an error text`;
  if (inner === undefined) return retry("rejected", note);
  return retry(inner === "429" ? "rate-limited" : "rejected", `${note}: HTTP error ${inner}`);
}

/** Codes that say "never again", whatever status they come with (destinations' documentation; see docs/delivery.md). */
const SLACK_GONE: ReadonlySet<unknown> = new Set([
  "no_service",
  "no_team",
  "channel_not_found",
  "channel_is_archived",
  "action_prohibited",
  "invalid_token",
]);
const SLACK_INVALID: ReadonlySet<unknown> = new Set([
  "invalid_payload",
  "invalid_blocks",
  "invalid_blocks_format",
  "missing_text_or_fallback_or_attachments",
  "user_not_found",
  "too_many_attachments",
  "msg_blocks_too_long",
]);

/** Read from where the destination puts it and nowhere else: an answer may repeat what an event held. */
function permanentCode(destination: Destination, { status, body }: PostResponse): Verdict | undefined {
  switch (destination) {
    case "slack": {
      const word = /^[a-z_]+$/.exec(body.trim())?.[0] ?? member(body, "error");
      if (SLACK_GONE.has(word)) return gone(`Slack says ${String(word)}`);
      return SLACK_INVALID.has(word) ? invalid(`Slack says ${String(word)}`) : undefined;
    }
    case "discord": {
      const code = member(body, "code");
      if (code === 10015) return gone("Discord says that the webhook is unknown");
      if (code === 50027) return gone("Discord says that the webhook's token is invalid");
      return code === 50035 ? invalid("Discord says that the form is invalid") : undefined;
    }
    case "teams-workflow": {
      const error = member(body, "error");
      if (typeof error === "object" && error !== null && "code" in error && error.code === "WorkflowNotFound")
        return gone("the workflow does not exist any more");
      return status === 401 || status === 403
        ? gone(`answered ${status}; a workflow ends with its owner's account`)
        : undefined;
    }
    case "raw":
    case "teams-connector":
      return undefined;
  }
}

/** A member of a body that is a JSON object; undefined of any other. */
function member(body: string, name: string): unknown {
  if (!body.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  } catch {
    return undefined;
  }
}

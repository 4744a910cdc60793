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
  if (result.response !== undefined) return judgeResponse(destination, result.response);
  const failure = result.failure ?? { class: "internal" as const, code: "no answer" };
  if (failure.class === "aborted") return { is: "aborted" };
  const ours = failure.class === "dns" || failure.class === "no-route" || failure.class === "internal";
  return { is: "retry", errorClass: failure.class, note: FAILURES[failure.class], ours };
}

const FAILURES: Readonly<Record<Exclude<FailureClass, "aborted">, string>> = {
  dns: "the name could not be resolved",
  "no-route": "no route to the host",
  "connection-refused": "the connection was refused",
  "connection-reset": "the connection was reset",
  tls: "the TLS handshake or certificate failed",
  timeout: "no complete answer in time",
  "bad-response": "the answer was not valid HTTP",
  internal: "the request could not be made",
};

function judgeResponse(destination: Destination, response: PostResponse): Verdict {
  const permanent = permanentCode(destination, response);
  if (permanent !== undefined) return permanent;
  const { status } = response;
  if (status >= 200 && status < 300) return judgeSuccess(destination, response);
  if (status === 410) return { is: "gone", errorClass: "gone", note: "answered 410 Gone" };
  if (status === 429) {
    return { is: "retry", errorClass: "rate-limited", note: "answered 429 Too Many Requests", ours: false };
  }
  if (status >= 300 && status < 400) {
    return {
      is: "retry",
      errorClass: "redirect",
      note: `answered ${status}; redirects are not followed`,
      ours: false,
    };
  }
  const errorClass = status >= 500 ? "http-5xx" : "http-4xx";
  return { is: "retry", errorClass, note: `answered ${status}`, ours: false };
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
        : rejected(`Slack answered ${response.status} without "ok"`);
    case "teams-connector":
      return response.body.trim() === "1"
        ? { is: "delivered" }
        : rejected(`the Teams connector answered ${response.status} with an error text`);
    case "teams-workflow":
      return response.status === 202
        ? { is: "delivered", note: "accepted by the workflow, not necessarily posted" }
        : { is: "delivered", ...broken };
  }
}

const rejected = (note: string): Verdict => ({ is: "retry", errorClass: "rejected", note, ours: false });

/** Incoming webhooks say `ok`; compatible servers answer with JSON that has `ok: true`. */
function saysOk(body: string): boolean {
  return body.trim() === "ok" || /"ok"\s*:\s*true/.test(body);
}

/** Codes that say "never again", whatever status they come with (destinations' documentation; see docs/delivery.md). */
const SLACK_GONE = [
  "no_service",
  "no_team",
  "channel_not_found",
  "channel_is_archived",
  "action_prohibited",
  "invalid_token",
];
const SLACK_INVALID = [
  "invalid_payload",
  "invalid_blocks",
  "missing_text_or_fallback_or_attachments",
  "user_not_found",
  "too_many_attachments",
  "msg_blocks_too_long",
];

function permanentCode(destination: Destination, response: PostResponse): Verdict | undefined {
  switch (destination) {
    case "slack": {
      const word = /^[a-z_]+$/.exec(response.body.trim())?.[0] ?? jsonError(response.body);
      if (word === undefined) return undefined;
      if (SLACK_GONE.includes(word)) return { is: "gone", errorClass: "gone", note: `Slack says ${word}` };
      return SLACK_INVALID.includes(word)
        ? { is: "invalid", errorClass: "invalid-payload", note: `Slack says ${word}` }
        : undefined;
    }
    case "discord": {
      const code = /"code"\s*:\s*(\d+)/.exec(response.body)?.[1];
      if (code === "10015")
        return { is: "gone", errorClass: "gone", note: "Discord says that the webhook is unknown" };
      return code === "50035"
        ? { is: "invalid", errorClass: "invalid-payload", note: "Discord says that the form is invalid" }
        : undefined;
    }
    case "teams-workflow":
      if (response.body.includes("WorkflowNotFound"))
        return { is: "gone", errorClass: "gone", note: "the workflow does not exist any more" };
      return response.status === 401 || response.status === 403
        ? {
            is: "gone",
            errorClass: "gone",
            note: `answered ${response.status}; a workflow ends with its owner's account`,
          }
        : undefined;
    case "raw":
    case "teams-connector":
      return undefined;
  }
}

const jsonError = (body: string): string | undefined => /"error"\s*:\s*"([a-z_]+)"/.exec(body)?.[1];

/** One attempt: render, send, judge, and write down what happened. */
import type { Attempt, Delivery, ErrorClass, Health } from "../model/delivery.ts";
import type { Event } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { OutgoingRequest } from "../model/request.ts";
import { reveal, Secret } from "../model/secret.ts";
import type { Clock } from "../lib/clock.ts";
import type { HttpClient, PostResult } from "../lib/http.ts";
import { createRedactor } from "../lib/redact.ts";
import type { AttemptResult, ClaimedDelivery } from "../outbox/contract.ts";
import type { Format } from "../formats/contract.ts";
import { nextAttempt } from "./backoff.ts";
import { afterFailure, afterSuccess, disable } from "./health.ts";
import type { HealthBook } from "./health.ts";
import { judge } from "./outcome.ts";
import type { Verdict } from "./outcome.ts";
import { maskEchoes } from "./mask.ts";
import { pausesOf } from "./pause.ts";
import type { Pauses } from "./pause.ts";
import type { Policy } from "./policy.ts";
import { renderDelivery } from "./render.ts";
import type { RenderedDelivery } from "./render.ts";
import { retryAfter } from "./retry-after.ts";
import type { RouteTable } from "./routes.ts";

export interface AttemptContext {
  readonly http: HttpClient;
  readonly formats: readonly Format[];
  readonly describe: (event: Event) => Message;
  readonly routes: () => RouteTable;
  readonly health: HealthBook;
  readonly policy: (integrationUid: string) => Policy;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Aborted when the time to finish is over: attempts cut short count as none. */
  readonly abort: AbortSignal;
}

export interface Attempted extends Pauses {
  /** Undefined when the attempt was cut short and is to be given back. */
  readonly result?: AttemptResult;
}

/** Never rejects. */
export async function makeAttempt(claimed: ClaimedDelivery, context: AttemptContext): Promise<Attempted> {
  const { delivery } = claimed;
  const startedAt = context.clock.now();
  const rendered = tryRender(claimed, context, startedAt);
  if ("failure" in rendered) return { result: unsent(delivery, startedAt, "discarded", rendered.failure) };
  const { disabled, reason = "no reason kept" } = context.health.of(delivery.integrationUid);
  if (disabled && delivery.trigger === "schedule") {
    return { result: unsent(delivery, startedAt, "held", `the integration is disabled: ${reason}`) };
  }
  const policy = context.policy(delivery.integrationUid);
  const answer = await context.http.post({
    url: reveal(rendered.request.url),
    headers: rendered.request.headers.map(({ name, value }) => [name, plain(value)] as const),
    body: rendered.request.body,
    deadlineMs: policy.timeoutMs,
    signal: context.abort,
  });
  const result = withoutEchoes(rendered.request, answer);
  const verdict = judge(rendered.destination, result);
  if (verdict.is === "aborted") return {};
  return {
    result: conclude({ delivery, rendered, result, verdict, startedAt, policy, context }),
    ...pausesOf(rendered.destination, answer.response, context.clock.now()),
  };
}

const plain = (value: string | Secret): string => (value instanceof Secret ? reveal(value) : value);

const redact = createRedactor();
/** Headers that say nothing of the request. */
const HARMLESS = new Set([
  "connection",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "server",
  "vary",
]);

/** Endpoints give back what they were sent, in error pages above all: the log keeps their answer without the secrets in it. */
function withoutEchoes(request: OutgoingRequest, result: PostResult): PostResult {
  const { response } = result;
  if (response === undefined) return result;
  const values = [request.url, ...request.headers.map(({ value }) => value)];
  const secrets = values.flatMap((value) => (value instanceof Secret ? [reveal(value)] : []));
  const headers = response.headers.map(
    ([name, value]) => [name, HARMLESS.has(name) ? value : redact(value, secrets)] as const,
  );
  return { ...result, response: { ...response, headers, body: redact(response.body, secrets) } };
}

function tryRender(
  { delivery, event }: ClaimedDelivery,
  context: AttemptContext,
  now: number,
): RenderedDelivery | { readonly failure: string } {
  const { endpoints } = context.routes();
  const endpoint = endpoints.get(delivery.integrationUid);
  if (endpoint === undefined) return { failure: "the integration does not exist any more" };
  const via = delivery.viaUid === undefined ? undefined : endpoints.get(delivery.viaUid);
  if (delivery.viaUid !== undefined && via === undefined) {
    return { failure: "the policy that led to it does not exist any more" };
  }
  try {
    return renderDelivery({
      endpoint,
      via,
      event,
      now,
      formats: context.formats,
      describe: context.describe,
    });
  } catch (error) {
    return {
      failure: `the message could not be made: ${error instanceof Error ? error.message : "unknown"}`,
    };
  }
}

function conclude(attempted: {
  delivery: Delivery;
  rendered: RenderedDelivery;
  result: PostResult;
  verdict: Exclude<Verdict, { is: "aborted" }>;
  startedAt: number;
  policy: Policy;
  context: AttemptContext;
}): AttemptResult {
  const { delivery, verdict, context, policy, result } = attempted;
  const at = context.clock.now();
  const health = context.health.of(delivery.integrationUid);
  const log = (outcome: Attempt["outcome"], errorClass?: ErrorClass): Attempt => ({
    ...describe(attempted.rendered.request, result),
    deliveryId: delivery.id,
    number: delivery.attempts + 1,
    trigger: delivery.trigger,
    startedAt: attempted.startedAt,
    outcome,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(verdict.note === undefined ? {} : { note: verdict.note }),
  });
  switch (verdict.is) {
    case "delivered":
      return { attempt: log("delivered"), status: "delivered", ...changed(health, afterSuccess(health, at)) };
    case "invalid":
      return { attempt: log("discarded", verdict.errorClass), status: "discarded", reason: verdict.note };
    case "gone": {
      const next = disable(afterFailure(health, at), verdict.note);
      return {
        attempt: log("failed", verdict.errorClass),
        status: "held",
        reason: verdict.note,
        health: next,
      };
    }
    case "retry": {
      const notBefore = result.response === undefined ? undefined : retryAfter(result.response, at);
      const made = delivery.attempts + 1;
      const next = nextAttempt({
        schedule: policy.schedule,
        made,
        now: at,
        notBefore,
        random: context.random(),
      });
      const charged = verdict.ours ? {} : { health: afterFailure(health, at) };
      return next === undefined
        ? {
            attempt: log("failed", verdict.errorClass),
            status: "exhausted",
            reason: verdict.note,
            ...charged,
          }
        : { attempt: log("retry", verdict.errorClass), status: "pending", nextAttemptAt: next, ...charged };
    }
  }
}

/** A success is worth a write when it ends a failure, and once a second otherwise. */
function changed(before: Health, after: Health): { health?: Health } {
  const stale = (after.lastSuccess ?? 0) - (before.lastSuccess ?? 0) >= 1000;
  return before.numberOfFailedRequests > 0 || stale ? { health: after } : {};
}

function describe(
  request: OutgoingRequest,
  result: PostResult,
): Pick<Attempt, "durationMs" | "timings" | "request" | "response" | "remoteAddress"> {
  const { response } = result;
  return {
    durationMs: Math.round(result.totalMs),
    timings: {
      totalMs: result.totalMs,
      ...(result.firstByteMs === undefined ? {} : { firstByteMs: result.firstByteMs }),
    },
    request: {
      method: "POST",
      url: request.url.toString(),
      headers: request.headers.map(({ name, value }) => [name, value.toString()] as const),
      body: request.body,
    },
    ...(response === undefined
      ? {}
      : {
          response: {
            status: response.status,
            ...maskEchoes(request, response),
            truncated: response.truncated,
          },
        }),
    ...(result.remoteAddress === undefined ? {} : { remoteAddress: result.remoteAddress }),
  };
}

/** Nothing was sent: the attempt says why. */
function unsent(
  delivery: Delivery,
  startedAt: number,
  status: "discarded" | "held",
  reason: string,
): AttemptResult {
  return {
    attempt: {
      deliveryId: delivery.id,
      number: delivery.attempts + 1,
      trigger: delivery.trigger,
      startedAt,
      durationMs: 0,
      timings: { totalMs: 0 },
      request: { method: "POST", url: "", headers: [], body: "" },
      ...(status === "held" ? { outcome: "failed" } : { outcome: "discarded", errorClass: "render" }),
      note: reason,
    },
    status,
    reason,
  };
}

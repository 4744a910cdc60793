/** One attempt: render, send, judge, and write down what happened. */
import type { DisableConfig } from "../model/config.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Event } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { OutgoingRequest } from "../model/request.ts";
import { reveal, Secret } from "../model/secret.ts";
import type { Clock } from "../lib/clock.ts";
import type { HttpClient, PostResult } from "../lib/http.ts";
import type { Log } from "../lib/log.ts";
import { createRedactor } from "../lib/redact.ts";
import type { AcceptedEvent, AttemptResult, ClaimedDelivery, Release } from "../outbox/contract.ts";
import type { Format } from "../formats/contract.ts";
import { exchangeOf } from "./attempt-log.ts";
import { conclude } from "./conclude.ts";
import type { Conclusion, Judged } from "./conclude.ts";
import { maySend } from "./health.ts";
import type { HealthBook } from "./health.ts";
import { logHealthChange } from "./health-log.ts";
import { heldReason, holdIfDisabled } from "./hold.ts";
import { offReason } from "./off.ts";
import { operatorEvent } from "./operator-events.ts";
import { judge } from "./outcome.ts";
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
  /** Told of what an answer means for an integration's health. */
  readonly log: Log;
  /** How many deliveries an integration is owed, held ones included. */
  readonly owed: (integrationUid: string) => Promise<number>;
  readonly policy: (integrationUid: string) => Policy;
  /** When an integration that fails is disabled. */
  readonly rules: DisableConfig;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Aborted when the time to finish is over: attempts cut short count as none. */
  readonly abort: AbortSignal;
}

/** Without a result nothing was sent, or the attempt was cut short: the delivery is to be given back. */
export type Attempted = Pauses &
  (
    | { readonly result: AttemptResult; readonly release?: undefined }
    | { readonly result?: undefined; readonly release: Release }
  );

/** Never rejects. What it means for the integration's health is in the book when it resolves. */
export async function makeAttempt(claimed: ClaimedDelivery, context: AttemptContext): Promise<Attempted> {
  const { delivery, event } = claimed;
  const startedAt = context.clock.now();
  const rendered = tryRender(claimed, context, startedAt);
  if ("failure" in rendered) return unsent(delivery, { status: "discarded", reason: rendered.failure });
  const off = delivery.trigger === "test" ? undefined : offReason(delivery, context.routes().off);
  if (off !== undefined) return unsent(delivery, { status: "held", reason: off });
  const health = context.health.of(delivery.integrationUid);
  if (!maySend(health, delivery.trigger))
    return unsent(delivery, { status: "held", reason: heldReason(health.reason) });
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
  if (verdict.is === "aborted") return unsent(delivery);
  const at = context.clock.now();
  const judged: Judged = {
    delivery,
    event,
    exchange: exchangeOf(rendered.request, result),
    verdict,
    notBefore: result.response === undefined ? undefined : retryAfter(result.response, at),
    startedAt,
    at,
    random: context.random(),
    policy,
    rules: context.rules,
  };
  return {
    result: await settle(judged, context),
    ...pausesOf(rendered.destination, answer.response, at),
  };
}

/** What was not sent is no attempt: the delivery itself says why. */
const unsent = ({ id }: Delivery, to?: Release["to"]): Attempted => ({
  release: { deliveryId: id, ...(to === undefined ? {} : { to }) },
});

/**
 * From reading the health to writing it nothing else runs, so that of many requests that end at once each one counts, and nothing
 * more leaves for an integration that an answer has disabled. Asking how much is owed takes a moment: the result then carries the
 * health of after it, because what was concluded meanwhile may be written before.
 */
async function settle(judged: Judged, context: AttemptContext): Promise<AttemptResult> {
  const { health } = context;
  const uid = judged.delivery.integrationUid;
  const before = health.of(uid);
  const { occurrences, ...result } = conclude(judged, before);
  if (result.health !== undefined) {
    health.set(result.health);
    const { integration, trigger } = judged.delivery;
    logHealthChange(context.log, { integration, before, after: result.health, by: trigger });
  }
  if (occurrences.length === 0) return result;
  const owed = await owedSoon(uid, context);
  // Where somebody has replaced it meanwhile, that is written by whoever did.
  const stands = result.health !== undefined && health.isCurrent(result.health);
  const events = tell(judged, occurrences, owed, context);
  return {
    ...(result.status === "held" && !health.of(uid).disabled ? againNow(result, context) : result),
    ...(stands ? { health: health.of(uid) } : {}),
    ...(events.length === 0 ? {} : { events }),
  };
}

/** What disabled the integration is over already: nothing holds the delivery, and nothing else would send it. */
const againNow = ({ reason: _held, ...result }: AttemptResult, { clock }: AttemptContext): AttemptResult => ({
  ...result,
  attempt: { ...result.attempt, outcome: "retry" },
  status: "pending",
  nextAttemptAt: clock.now(),
});

/** How long the question what is owed may keep a result from being written. */
const OWED_PATIENCE_MS = 1000;

/** Undefined when nobody knows, or not soon. */
function owedSoon(uid: string, { owed, clock, abort }: AttemptContext): Promise<number | undefined> {
  return new Promise((resolve) => {
    const end = (count?: number): void => {
      cancel();
      abort.removeEventListener("abort", giveUp);
      resolve(count);
    };
    const giveUp = (): void => end();
    const cancel = clock.after(OWED_PATIENCE_MS, giveUp);
    abort.addEventListener("abort", giveUp, { once: true });
    owed(uid).then(end, giveUp);
  });
}

function tell(
  { delivery, event, verdict, at, rules }: Judged,
  occurrences: Conclusion["occurrences"],
  owed: number | undefined,
  { routes, health }: AttemptContext,
): readonly AcceptedEvent[] {
  const uid = delivery.integrationUid;
  const record = routes().endpoints.get(uid)?.record;
  if (record === undefined) return [];
  const occasion = { delivery, event, record, health: health.of(uid), note: verdict.note, owed, rules, at };
  return occurrences.map((occurrence) => {
    const told = operatorEvent(occurrence, occasion);
    const deliveries = routes()
      .tell(told, uid)
      .map((owing) => holdIfDisabled(owing, health));
    return { event: told, source: "bellhop", deliveries };
  });
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

/** Events that Bellhop tells of itself: an integration is failing, disabled or back, a delivery is given up. Pure. */
import { createHash } from "node:crypto";
import type { DisableConfig } from "../model/config.ts";
import type { Delivery, Health } from "../model/delivery.ts";
import type { Event, OperatorType } from "../model/event.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Json } from "../model/value.ts";
import { shellWord } from "../lib/shell-word.ts";

/** What an attempt led to that an operator should know. */
export type Occurrence =
  | {
      readonly type: Exclude<OperatorType, "delivery.exhausted">;
      readonly before: Health;
      readonly after: Health;
    }
  | { readonly type: "delivery.exhausted" };

export interface Occasion {
  readonly delivery: Delivery;
  /** Of the event that was not delivered. */
  readonly event: Event;
  readonly record: StoreRecord;
  /** The integration's health now. */
  readonly health: Health;
  /** What the last answer was, in words. */
  readonly note: string | undefined;
  /** What the integration is still owed, held deliveries included; undefined when nobody knows. */
  readonly owed: number | undefined;
  readonly rules: DisableConfig;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The same occurrence of the same attempt always makes the same event, id included. */
export function operatorEvent(occurrence: Occurrence, occasion: Occasion): Event {
  const { delivery, record, at } = occasion;
  const named = { key: recordName(record), kind: record.kind };
  const data: Json = {
    integration: named,
    ...(occurrence.type === "delivery.exhausted"
      ? exhaustedData(occasion)
      : changedData(occurrence, occasion)),
  };
  const { project, environment } = occurrence.type === "delivery.exhausted" ? occasion.event : {};
  const seed = [occurrence.type, record.uid, delivery.id, delivery.attempts].join(" ");
  return {
    id: `evt_${createHash("sha256").update(seed).digest("hex").slice(0, 32)}`,
    type: occurrence.type,
    provider: "bellhop",
    time: new Date(at).toISOString(),
    ...(project === undefined ? {} : { project }),
    ...(environment === undefined ? {} : { environment }),
    data,
    body: data,
  };
}

type Data = { readonly [name: string]: Json };

function exhaustedData({ delivery, event, health, note, record }: Occasion): Data {
  return {
    ...statusFields(health),
    lastAnswer: note ?? null,
    delivery: {
      id: delivery.id,
      event: { id: event.id, type: event.type },
      attempts: delivery.attempts + 1,
      createdAt: iso(delivery.createdAt),
    },
    commands: [
      command("See every attempt", `bellhop deliveries show ${delivery.id}`),
      command("Check the way", `bellhop test ${nameFor(record)}`),
      command("Send it again", `bellhop deliveries resend ${delivery.id}`),
    ],
  };
}

function changedData(
  { type, before, after }: Extract<Occurrence, { after: Health }>,
  { note, owed, rules, record }: Occasion,
): Data {
  const name = nameFor(record);
  const recovered = type === "integration.recovered";
  // Of what is over, the fields say how it was.
  const fields = statusFields(recovered ? before : after);
  const common = { held: owed ?? null, lastAnswer: recovered ? null : (note ?? null) };
  const look = command("See what it answers", `bellhop deliveries list --integration ${name}`);
  const check = command("Check the way", `bellhop test ${name}`);
  const recover = command("Send what is held", `bellhop deliveries recover ${name}`);
  switch (type) {
    case "integration.failing":
      return {
        ...fields,
        ...common,
        percent: after.warned,
        disabledAfter: { failures: rules.failures, seconds: Math.round(rules.afterMs / 1000) },
        commands: [look, check],
      };
    case "integration.disabled":
      return {
        ...fields,
        ...common,
        cause: after.cause ?? null,
        disabledAt: iso(after.disabledAt),
        probeAt: iso(after.probeAt),
        commands: [look, check, recover],
      };
    case "integration.recovered":
      return {
        ...fields,
        ...common,
        disabled: false,
        disabledAt: iso(before.disabledAt),
        recovering: after.recoverUntil !== undefined,
        commands: before.disabled && owed !== 0 && after.recoverUntil === undefined ? [recover] : [],
      };
  }
}

const statusFields = (health: Health): Data => ({
  disabled: health.disabled,
  reason: health.reason ?? null,
  timeOfFirstFailedRequest: iso(health.timeOfFirstFailedRequest),
  numberOfFailedRequests: health.numberOfFailedRequests,
});

const command = (what: string, text: string): Data => ({ what, command: text });

const nameFor = (record: StoreRecord): string => shellWord(recordName(record));

const iso = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

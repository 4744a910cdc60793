/** What people read when Bellhop tells of itself: every kind of event, in every kind of channel. */
import { describe, expect, it } from "vitest";
import { operatorEvent } from "../../src/delivery/operator-events.ts";
import type { Occasion, Occurrence } from "../../src/delivery/operator-events.ts";
import { formats, providers } from "../../src/generated/registry.ts";
import type { Health } from "../../src/model/delivery.ts";
import type { Event } from "../../src/model/event.ts";
import { describeWith } from "../../src/providers/describe.ts";
import { storeRecord } from "../support/records.ts";

const T = Date.parse("2026-11-20T12:00:00Z");
const HOUR = 3_600_000;
const FRESH: Health = {
  integrationUid: "u",
  disabled: false,
  warned: 0,
  numberOfFailedRequests: 0,
  confirmed: true,
};
const FAILING: Health = { ...FRESH, warned: 50, numberOfFailedRequests: 12, timeOfFirstFailedRequest: T };
const OFF: Health = {
  ...FAILING,
  numberOfFailedRequests: 20,
  disabled: true,
  disabledAt: T + 24 * HOUR,
  reason: "20 requests failed in a row since 2026-11-20 12:00Z; the last: answered 503",
  cause: "failures",
  probeAt: T + 25 * HOUR,
};

const occasion: Occasion = {
  delivery: {
    id: "38FYKSS3400",
    eventId: "e1",
    eventType: "build:failure",
    integrationUid: "u",
    integration: "on call",
    kind: "bellhop/integration",
    status: "delivering",
    attempts: 9,
    attemptsInRound: 9,
    createdAt: T - 75 * HOUR,
    trigger: "schedule",
  },
  event: {
    id: "e1",
    type: "build:failure",
    provider: "cloudevents",
    time: "2026-11-17T09:00:00Z",
    project: { name: "web-shop" },
    data: {},
    body: {},
  },
  record: storeRecord("bellhop/integration", { name: "On call" }, { uid: "u", key: "on call" }),
  health: OFF,
  note: "answered 503",
  owed: 12,
  rules: { failures: 20, afterMs: 24 * HOUR, probeMs: HOUR },
  at: T + 24 * HOUR,
};

const gone = { ...OFF, cause: "gone", reason: "answered 410 Gone" } as const;
const { probeAt: _probe, ...GONE } = gone;

const OCCURRENCES: Readonly<Record<string, readonly [Occurrence, Partial<Occasion>]>> = {
  failing: [{ type: "integration.failing", before: FRESH, after: FAILING }, {}],
  "disabled by failures": [{ type: "integration.disabled", before: FAILING, after: OFF }, {}],
  "disabled as gone": [
    { type: "integration.disabled", before: FAILING, after: GONE },
    { owed: 1, note: "answered 410 Gone" },
  ],
  "disabled, and nobody knows how much is held": [
    { type: "integration.disabled", before: FAILING, after: OFF },
    { owed: undefined },
  ],
  recovered: [{ type: "integration.recovered", before: OFF, after: FRESH }, {}],
  "recovered in a recovery": [
    { type: "integration.recovered", before: OFF, after: { ...FRESH, recoverUntil: T } },
    { owed: 1 },
  ],
  "recovered with nothing held": [{ type: "integration.recovered", before: OFF, after: FRESH }, { owed: 0 }],
  "recovered before it was disabled": [{ type: "integration.recovered", before: FAILING, after: FRESH }, {}],
  exhausted: [{ type: "delivery.exhausted" }, {}],
};

const eventOf = ([occurrence, more]: readonly [Occurrence, Partial<Occasion>]): Event =>
  operatorEvent(occurrence, { ...occasion, ...more });
const messageOf = describeWith(providers);

describe("the words", () => {
  it.for([
    [
      "failing",
      "on call is failing",
      "12 requests failed in a row since 2026-11-20 12:00 UTC; the last: answered 503. It will be disabled at 20 failures in a row over 1 day. Until then every message is tried again.",
    ],
    [
      "disabled by failures",
      "on call is disabled",
      "20 requests failed in a row since 2026-11-20 12:00 UTC; the last: answered 503. 12 deliveries are held, and so is what comes. One of them is tried at 2026-11-21 13:00 UTC. Once it works again, send what is held.",
    ],
    [
      "disabled as gone",
      "on call is disabled",
      "Its endpoint says that it will never take a message again: answered 410 Gone. 1 delivery is held, and so is what comes. Correct its address in the configuration, or check the way; then send what is held.",
    ],
    [
      "disabled, and nobody knows how much is held",
      "on call is disabled",
      "20 requests failed in a row since 2026-11-20 12:00 UTC; the last: answered 503. What it is owed is held, and so is what comes. One of them is tried at 2026-11-21 13:00 UTC. Once it works again, send what is held.",
    ],
    [
      "recovered",
      "on call works again",
      "It was disabled at 2026-11-21 12:00 UTC. 12 deliveries are held until somebody sends them.",
    ],
    [
      "recovered in a recovery",
      "on call works again",
      "It was disabled at 2026-11-21 12:00 UTC. 1 delivery is held and being sent now, the oldest first.",
    ],
    [
      "recovered with nothing held",
      "on call works again",
      "It was disabled at 2026-11-21 12:00 UTC. Nothing is held.",
    ],
    [
      "recovered before it was disabled",
      "on call works again",
      "It had failed since 2026-11-20 12:00 UTC. What is still owed is tried again by its schedule.",
    ],
    [
      "exhausted",
      "on call did not get build:failure",
      "Given up after 10 attempts; the last: answered 503. Nothing more is tried unless somebody sends it again.",
    ],
  ] as const)("of %s", ([name, title, text]) => {
    const found = OCCURRENCES[name];
    if (found === undefined) throw new Error(`there is no ${name}`);
    expect(messageOf(eventOf(found))).toMatchObject({ title, text });
  });

  it.for([
    ["failing", ["See what it answers", "Check the way"]],
    ["disabled by failures", ["See what it answers", "Check the way", "Send what is held"]],
    ["recovered", ["Send what is held"]],
    ["recovered in a recovery", []],
    ["recovered with nothing held", []],
    ["exhausted", ["See every attempt", "Check the way", "Send it again"]],
  ] as const)("of %s say which command to run", ([name, wanted]) => {
    const found = OCCURRENCES[name];
    if (found === undefined) throw new Error(`there is no ${name}`);
    const { facts } = messageOf(eventOf(found));
    const commands = facts.filter(({ value }) => value.startsWith("bellhop "));
    expect(commands.map((one) => one.name)).toEqual(wanted);
    for (const { value } of commands) expect(value).toMatch(/ (?:'on call'|38FYKSS3400)$/);
  });

  it("stay words when the data is not what it should be", () => {
    const event = eventOf(OCCURRENCES["failing"] ?? [{ type: "delivery.exhausted" }, {}]);
    for (const type of [
      "integration.failing",
      "integration.disabled",
      "integration.recovered",
      "delivery.exhausted",
    ])
      for (const data of [null, {}, [], "x", { integration: 1, commands: {}, held: "many" }]) {
        const message = messageOf({ ...event, type, data, body: data });
        expect(message.title).toContain("an integration");
        expect(JSON.stringify(message)).not.toMatch(/undefined|NaN|Invalid|\[object/);
      }
  });
});

describe("every channel gets title, reason and commands", () => {
  const cases = formats
    .filter(({ id }) => id !== "raw")
    .flatMap(({ id }) => Object.keys(OCCURRENCES).map((name) => [id, name] as const));
  it.for(cases)("%s: %s", ([id, name]) => {
    const format = formats.find((one) => one.id === id);
    const found = OCCURRENCES[name];
    if (format === undefined || found === undefined) throw new Error("there is no such case");
    const event = eventOf(found);
    const message = messageOf(event);
    const { body } = format.render({ event, message, url: "https://example.com/hook/x" });
    const read = body.replaceAll("\\\\", "");
    expect(read).toContain(message.title.split(" ")[0]);
    for (const { name: what, value } of message.facts.filter((one) => one.value.startsWith("bellhop "))) {
      expect(read).toContain(what);
      expect(read).toContain(value);
    }
  });
});

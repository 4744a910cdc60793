/** What Bellhop tells of itself, in words: what happened, since when, why, what is held, and what to do. */
import { isJsonObject, readObject, readText } from "../../model/body.ts";
import { isOperatorEvent } from "../../model/event.ts";
import type { Event } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { Json } from "../../model/value.ts";
import { describeAny, fact, nameOf } from "../describe.ts";
import type { Fact, Level } from "../describe.ts";

export function describe(event: Event): Message {
  if (!isOperatorEvent(event)) return describeAny(event);
  const data = readObject(event.data);
  const name = readText(readObject(data["integration"])["key"]) ?? "an integration";
  const { title, text, level, facts } = wordsOf(event, data, name);
  return {
    title,
    text,
    level,
    facts: [...facts, ...commandsOf(data["commands"])].filter((one) => one !== undefined),
    time: event.time,
  };
}

type Data = Readonly<Record<string, Json>>;

interface Words {
  readonly title: string;
  readonly text: string;
  readonly level: Level;
  readonly facts: readonly (Fact | undefined)[];
}

function wordsOf(event: Event, data: Data, name: string): Words {
  switch (event.type) {
    case "integration.disabled":
      return disabled(data, name);
    case "integration.recovered":
      return recovered(data, name);
    case "delivery.exhausted":
      return exhausted(event, data, name);
    default:
      return failing(data, name);
  }
}

function failing(data: Data, name: string): Words {
  const { failures, seconds } = readObject(data["disabledAfter"]);
  const limit =
    typeof failures === "number" && typeof seconds === "number"
      ? ` It will be disabled at ${count(failures, "failure")} in a row${seconds > 0 ? ` over ${span(seconds)}` : ""}.`
      : "";
  return {
    title: `${name} is failing`,
    text: `${failedSentence(data)}${limit} Until then every message is tried again.`,
    level: "warning",
    facts: [
      fact("Failing since", minute(data["timeOfFirstFailedRequest"])),
      fact("Failures in a row", data["numberOfFailedRequests"]),
      fact("Waiting", data["held"]),
    ],
  };
}

function disabled(data: Data, name: string): Words {
  const gone = data["cause"] === "gone";
  const probe = minute(data["probeAt"]);
  const why = gone
    ? `Its endpoint says that it will never take a message again: ${readText(data["reason"]) ?? "no reason given"}.`
    : failedSentence(data);
  const next = gone
    ? "Correct its address in the configuration, or check the way; then send what is held."
    : `${probe === undefined ? "" : `${data["held"] === 1 ? "It" : "One of them"} is tried at ${probe}. `}Once it works again, send what is held.`;
  return {
    title: `${name} is disabled`,
    text: `${why} ${heldSentence(data["held"])}, and so is what comes. ${next}`,
    level: "error",
    facts: [
      fact("Disabled since", minute(data["disabledAt"])),
      fact("Failures in a row", data["numberOfFailedRequests"]),
      fact("Held", data["held"]),
    ],
  };
}

function recovered(data: Data, name: string): Words {
  const since = minute(data["disabledAt"]);
  const first = minute(data["timeOfFirstFailedRequest"]);
  const held = data["held"];
  const some = typeof held !== "number" || held > 0;
  const rest = !some
    ? "Nothing is held."
    : data["recovering"] === true
      ? `${heldSentence(held)} and being sent now, the oldest first.`
      : `${heldSentence(held)} until somebody sends them.`;
  return {
    title: `${name} works again`,
    text:
      since === undefined
        ? `It had failed${first === undefined ? "" : ` since ${first}`}. What is still owed is tried again by its schedule.`
        : `It was disabled at ${since}. ${rest}`,
    level: "success",
    facts: [
      fact("Was disabled at", since),
      fact("Reason", since === undefined ? undefined : data["reason"]),
      fact("Failures in a row", data["numberOfFailedRequests"]),
      since === undefined ? undefined : fact("Held", held),
    ],
  };
}

function exhausted(event: Event, data: Data, name: string): Words {
  const delivery = readObject(data["delivery"]);
  const type = readText(readObject(delivery["event"])["type"]) ?? "a message";
  const attempts = delivery["attempts"];
  const tried = typeof attempts === "number" ? `after ${count(attempts, "attempt")}` : "";
  const last = readText(data["lastAnswer"]);
  return {
    title: `${name} did not get ${type}`,
    text: `Given up ${tried}${last === undefined ? "" : `; the last: ${last}`}. Nothing more is tried unless somebody sends it again.`,
    level: "error",
    facts: [
      fact("Event", type),
      fact("Project", nameOf(event.project)),
      fact("Environment", nameOf(event.environment)),
      fact("Owed since", minute(delivery["createdAt"])),
      fact("Delivery", delivery["id"]),
    ],
  };
}

function failedSentence(data: Data): string {
  const number = data["numberOfFailedRequests"];
  const failed = typeof number === "number" ? count(number, "request") : "Requests";
  const since = minute(data["timeOfFirstFailedRequest"]);
  const last = readText(data["lastAnswer"]);
  return `${failed} failed in a row${since === undefined ? "" : ` since ${since}`}${last === undefined ? "" : `; the last: ${last}`}.`;
}

const heldSentence = (held: Json | undefined): string =>
  typeof held === "number"
    ? `${count(held, "delivery", "deliveries")} ${held === 1 ? "is" : "are"} held`
    : "What it is owed is held";

function commandsOf(commands: Json | undefined): readonly (Fact | undefined)[] {
  if (!Array.isArray(commands)) return [];
  return commands.map((one) => {
    if (!isJsonObject(one)) return undefined;
    const what = readText(one["what"]);
    return what === undefined ? undefined : fact(what, one["command"]);
  });
}

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** `2026-11-20 19:03 UTC`; undefined for what is no time. */
function minute(time: Json | undefined): string | undefined {
  const text = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(text)
    ? undefined
    : `${new Date(text).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function span(seconds: number): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const;
  const [word, length] = units.find(([, one]) => seconds >= one && seconds % one === 0) ?? ["second", 1];
  return count(seconds / length, word);
}

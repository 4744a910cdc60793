/** What a person should read about an event: the parts that all providers share, and the choice between them. */
import { isJsonObject, readObject, readText } from "../model/body.ts";
import { CONFIRM_TYPE } from "../model/event.ts";
import type { Event, Named } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { Json } from "../model/value.ts";
import type { Provider } from "./contract.ts";

export type Level = Message["level"];

/** A message without what every message has. */
export interface Description {
  readonly title: string;
  readonly text?: string | undefined;
  readonly level: Level;
  readonly facts?: readonly (Fact | undefined)[];
  readonly link?: Message["link"];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Describes an event in the words of the provider it is from or is known to, or else in general. */
export function describeWith(providers: readonly Provider[]): (event: Event) => Message {
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  return (event) => {
    if (event.type === CONFIRM_TYPE) return describeConfirmation(event);
    const provider = byId.get(event.knownTo?.[0] ?? event.provider);
    return provider === undefined ? describeAny(event) : provider.describe(event);
  };
}

/** Adds the event's type, project and environment, and its time. */
export function messageOf(event: Event, { title, text, level, facts = [], link }: Description): Message {
  const common = [
    fact("Event", event.type),
    fact("Project", nameOf(event.project)),
    fact("Environment", nameOf(event.environment)),
  ];
  return {
    title,
    ...(text !== undefined && text !== "" && { text }),
    level,
    facts: [...common, ...facts].filter((one) => one !== undefined),
    ...(link !== undefined && { link }),
    time: event.time,
  };
}

/** The message that confirms a new integration, and that `bellhop test` sends. */
function describeConfirmation(event: Event): Message {
  const data = readObject(event.data);
  const name = readText(data["integration"]);
  return {
    title: name === undefined ? "Bellhop can reach this place" : `Bellhop can reach this place: ${name}`,
    text: "This message was sent to check the way. Notifications for this integration will arrive here.",
    level: "info",
    facts: [],
    time: event.time,
  };
}

/** For events of which nothing is known but their parts. */
export function describeAny(event: Event): Message {
  const data = readObject(event.data);
  const first = (...names: string[]): string | undefined =>
    names.map((name) => data[name]).find((value) => isText(value));
  const project = nameOf(event.project);
  const where = project === undefined ? "" : ` in ${project}`;
  return messageOf(event, {
    title: firstLine(first("title", "subject")) ?? `${event.type}${where}`,
    text:
      first("message", "text", "description", "summary") ??
      (typeof event.data === "string" ? event.data : undefined),
    level: levelOf(event.type),
    facts: [subjectOf(event), ...scalarFacts(event.data)],
  });
}

function subjectOf(event: Event): Fact | undefined {
  return event.provider === "cloudevents"
    ? fact("Subject", readText(readObject(event.body)["subject"]))
    : undefined;
}

const MOST_FACTS = 12;
const LONGEST_FACT = 200;
const SENSITIVE = /secret|token|passw|credential|authorization|api_?key|private|cookie|session/i;
const IN_THE_TEXT = new Set(["title", "subject", "message", "text", "description", "summary"]);

/** Short scalars of the payload, two levels deep, without what its name says to be sensitive. */
export function scalarFacts(data: Json, skip: ReadonlySet<string> = IN_THE_TEXT): Fact[] {
  const facts: Fact[] = [];
  const collect = (value: Json, path: string, depth: number): void => {
    if (facts.length >= MOST_FACTS || SENSITIVE.test(path)) return;
    if (isJsonObject(value)) {
      if (depth < 2)
        for (const [name, member] of Object.entries(value)) collect(member, join(path, name), depth + 1);
    } else if (path !== "" && !skip.has(path) && isShort(value))
      facts.push({ name: path, value: String(value) });
  };
  collect(data, "", 0);
  return facts;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

const isShort = (value: Json): value is string | number | boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "string" && value.length <= LONGEST_FACT);

/** Undefined when there is no value, so that optional facts can be listed in a row. */
export function fact(name: string, value: Json | undefined): Fact | undefined {
  const usable = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return usable && String(value).trim() !== "" ? { name, value: String(value) } : undefined;
}

export const nameOf = (named: Named | undefined): string | undefined => named?.name ?? named?.id;

const isText = (value: Json | undefined): value is string => typeof value === "string" && value.trim() !== "";

const firstLine = (text: string | undefined): string | undefined => text?.trim().split("\n", 1)[0];

/** `health_check_status` → `Health check status`. */
export function sentence(text: string): string {
  const words = text
    .replaceAll(/[_:\-.]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const LEVELS: readonly (readonly [Level, RegExp])[] = [
  ["error", /fail|error|crash|unhealthy|down\b|critical|exceeded|attack|hijack/],
  [
    "warning",
    /warn|abort|cancel|delay|evict|alert|degraded|spike|sustained|paused|stale|expir|suspend|usage/,
  ],
  ["success", /success|succeed|healthy|complete|deployed|resolved|recovered|\bup\b|paid|done/],
];

/** Guessed from words such as a type or a status; `info` when none tells. */
export function levelOf(...words: readonly (string | undefined)[]): Level {
  const text = words.join(" ").toLowerCase();
  return LEVELS.find(([, pattern]) => pattern.test(text))?.[0] ?? "info";
}

/** What one seed makes of thirty days: integrations, how their receivers behave and when, events, and what goes wrong on our side. */
import type { DisableConfig } from "../../src/model/config.ts";
import type { Fields } from "../../src/model/value.ts";
import { Secret } from "../../src/model/secret.ts";
import { dice } from "./random.ts";
import type { Dice } from "./random.ts";

export const START = Date.parse("2026-03-01T00:00:00Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** At the end everything works, so that what is owed arrives. */
const QUIET_DAYS = 5;

export interface Span {
  readonly from: number;
  readonly to: number;
}

export type Mood =
  | { readonly is: "well" | "broken" | "hangs" | "refuses" | "drags" | "gone" | "invalid" }
  | { readonly is: "limits"; readonly seconds: number; readonly everywhere: boolean };

export interface Receiver {
  readonly name: string;
  /** Requests a second, and delays before each attempt in seconds, where it has its own. */
  readonly rateLimit: number | undefined;
  readonly schedule: readonly number[] | undefined;
  readonly type: "RAW_WEBHOOK" | "SLACK" | "DISCORD" | "TEAMS";
  readonly types: readonly string[];
  readonly spec: Fields;
  readonly moods: readonly (Span & { readonly mood: Mood })[];
}

/** What the driver does, in order of time. */
export type Happening = { readonly at: number } & (
  | { readonly is: "events"; readonly ids: readonly string[]; readonly type: string }
  | { readonly is: "crash" | "restart"; readonly downMs: number }
  | { readonly is: "change" | "remove" | "add" | "touch"; readonly receiver: string }
  | { readonly is: "test" | "enable" | "disable" | "recover" | "resend"; readonly receiver: string }
);

export interface World {
  readonly seed: number;
  readonly end: number;
  readonly receivers: readonly Receiver[];
  /** When an integration that fails is disabled. */
  readonly rules: DisableConfig;
  /** Those that are there from the start; the rest may be added. */
  readonly first: number;
  readonly happenings: readonly Happening[];
  /** When nothing can be written to the outbox. */
  readonly diskFull: readonly Span[];
  readonly noDns: readonly Span[];
}

const SCHEDULES = [
  [0, 10],
  [0, 1, 60, 3600],
  [0, 120, 86_400],
];
const TYPES = ["a", "b", "c"];

export function makeWorld(seed: number, days: number): World {
  const luck = dice(seed);
  const end = START + days * DAY;
  const troubled = end - Math.min(QUIET_DAYS, days / 2) * DAY;
  const count = luck.int(3, 6);
  const receivers = Array.from({ length: count }, (_item, index) =>
    makeReceiver(luck.fork(`receiver ${index}`), index, troubled),
  );
  const happenings = makeHappenings(luck.fork("happenings"), receivers, troubled);
  return {
    seed,
    end,
    receivers,
    rules: {
      failures: luck.pick([3, 6, 20]),
      afterMs: luck.pick([HOUR, 6 * HOUR, DAY]),
      probeMs: luck.pick([10 * MINUTE, HOUR]),
    },
    first: luck.int(2, count),
    happenings,
    diskFull: spans(luck.fork("disk"), happenings, troubled, 5 * MINUTE),
    noDns: spans(luck.fork("dns"), happenings, troubled, 3 * HOUR),
  };
}

/** Most of them begin right after events, when there is something to disturb. */
function spans(luck: Dice, happenings: readonly Happening[], end: number, longest: number): Span[] {
  const events = happenings.filter(({ is, at }) => is === "events" && at < end - longest);
  return Array.from({ length: luck.int(0, 4) }, () => {
    const from =
      luck.chance(0.8) && events.length > 0
        ? luck.pick(events).at + luck.int(0, 500)
        : luck.int(START, end - longest);
    return { from, to: from + luck.int(SECOND, longest) };
  });
}

function makeReceiver(luck: Dice, index: number, troubled: number): Receiver {
  const name = `r${index}`;
  const type = luck.pick(["RAW_WEBHOOK", "RAW_WEBHOOK", "RAW_WEBHOOK", "SLACK", "DISCORD", "TEAMS"] as const);
  const types = TYPES.filter(() => luck.chance(0.6));
  const wanted = types.length === 0 ? TYPES : types;
  const rateLimit = luck.chance(0.3) ? luck.pick([0.02, 0.5, 2, 20]) : undefined;
  const schedule = luck.chance(0.3) ? luck.pick(SCHEDULES) : undefined;
  return {
    name,
    type,
    rateLimit,
    schedule,
    types: wanted,
    spec: {
      name,
      type,
      webhook: new Secret(`https://${name}.example.com/hook/token-${name}-0a1b2c3d4e`),
      events: wanted.map((letter) => `com.example.${letter}`),
      ...(type === "RAW_WEBHOOK" && luck.chance(0.3) ? { secret: new Secret(`secret of ${name}`) } : {}),
      ...(rateLimit === undefined ? {} : { rateLimit }),
      ...(luck.chance(0.3) ? { timeout: luck.pick(["2s", "5s", "30s"]) } : {}),
      ...(schedule === undefined ? {} : { retry: { schedule: schedule.map((delay) => `${delay}s`) } }),
    },
    moods: makeMoods(luck, type, troubled),
  };
}

function makeMoods(luck: Dice, type: Receiver["type"], troubled: number): Receiver["moods"] {
  const moods: (Span & { mood: Mood })[] = [];
  for (let from = START + luck.int(0, 5 * DAY); from < troubled;) {
    const to = Math.min(
      troubled,
      from + luck.pick([MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 2 * DAY]) * (0.5 + luck.next()),
    );
    moods.push({ from, to, mood: makeMood(luck, type) });
    from = to + luck.int(0, 6 * DAY);
  }
  return moods;
}

function makeMood(luck: Dice, type: Receiver["type"]): Mood {
  const is = luck.pick([
    "broken",
    "broken",
    "hangs",
    "refuses",
    "drags",
    "limits",
    "limits",
    "gone",
    "invalid",
  ] as const);
  if (is === "limits") {
    return {
      is,
      seconds: luck.pick([0.4, 2, 30, 600, 7200]),
      everywhere: type === "DISCORD" && luck.chance(0.3),
    };
  }
  return { is };
}

function makeHappenings(luck: Dice, receivers: readonly Receiver[], troubled: number): readonly Happening[] {
  const happenings: Happening[] = [];
  let events = 0;
  for (let burst = luck.int(6, 12); burst > 0; burst -= 1) {
    const size = luck.chance(0.15) ? luck.int(10, 30) : luck.int(1, 5);
    const ids = Array.from({ length: size }, () => `evt${String((events += 1)).padStart(6, "0")}`);
    happenings.push({ is: "events", at: luck.int(START, troubled + 2 * DAY), ids, type: luck.pick(TYPES) });
  }
  const at = (): number => luck.int(START + HOUR, troubled);
  const nearEvents = (): number => {
    const events = happenings.filter(({ is }) => is === "events");
    return luck.chance(0.7) ? luck.pick(events).at + luck.int(1, 250) : at();
  };
  for (let crash = luck.int(1, 5); crash > 0; crash -= 1) {
    happenings.push({
      is: luck.chance(0.75) ? "crash" : "restart",
      at: nearEvents(),
      downMs: luck.int(SECOND, 2 * HOUR),
    });
  }
  for (let change = luck.int(0, 5); change > 0; change -= 1) {
    const receiver = luck.pick(receivers).name;
    happenings.push({ is: luck.pick(["change", "remove", "add", "touch"] as const), at: at(), receiver });
  }
  for (let act = luck.int(0, 6); act > 0; act -= 1) {
    const receiver = luck.pick(receivers).name;
    happenings.push({
      is: luck.pick(["test", "enable", "disable", "recover", "recover", "resend"] as const),
      at: at(),
      receiver,
    });
  }
  return happenings.toSorted((a, b) => a.at - b.at);
}

export const isWithin = (spans: readonly Span[], moment: number): boolean =>
  spans.some(({ from, to }) => moment >= from && moment < to);

/** Integrations come and go; each has its own uid, from which the name of its receiver can be read. */
export const uidOf = (receiver: string, generation: number): string => `${receiver}/${generation}`;
export const receiverOf = (uid: string): string => uid.split("/")[0] ?? "";

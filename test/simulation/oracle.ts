/** Watches what a simulated daemon does, and says where it breaks a promise. Knows nothing of how the daemon works. */
import { createHash } from "node:crypto";
import type { AttemptTrigger, DeliveryStatus, Health } from "../../src/model/delivery.ts";
import type { AttemptResult, ClaimedDelivery, Release } from "../../src/outbox/contract.ts";
import { watchHealth } from "./health-watch.ts";
import type { HealthWatch } from "./health-watch.ts";
import type { Exchange } from "./network.ts";
import { createLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { scheduleOf } from "./limits.ts";
import { receiverOf } from "./world.ts";
import type { World } from "./world.ts";

/** One delivery as the network and the log of writes show it. */
export interface Track {
  readonly id: string;
  readonly uid: string;
  readonly event: string;
  trigger: AttemptTrigger;
  status: DeliveryStatus;
  readonly exchanges: Exchange[];
  readonly recorded: Exchange[];
  /** Sent, and not recorded when the process ended. */
  lost: number;
  cut: number;
  /** Attempts of this round. */
  round: number;
  /** By the documented schedule and the receiver's word, not before; by the daemon's own, then. */
  notBefore: number;
  dueAt: number;
}

export interface Oracle {
  readonly tracks: ReadonlyMap<string, Track>;
  readonly violations: string[];
  readonly counts: { requests: number; repeated: number; crashes: number };
  claimed(deliveries: readonly ClaimedDelivery[]): void;
  sent(exchange: Exchange): void;
  answered(exchange: Exchange): void;
  recorded(results: readonly AttemptResult[], health: ReadonlyMap<string, Health>): void;
  /** These were given back unsent. */
  released(releases: readonly Release[]): void;
  /** These were made due again, by whomever. */
  moved(ids: readonly string[], dueAt: number): void;
  readonly health: HealthWatch;
  refused(): void;
  /** A process began, or ended: whatever is not recorded now never will be. */
  began(): void;
  ended(how: "crash" | "stop", health: ReadonlyMap<string, Health>): void;
  say(line: string): void;
  blame(promise: string, what: string): void;
  hash(): string;
}

/** In flight at most, as the daemon has it. */
const MOST_IN_FLIGHT = 640;
const SLACK_MS = 100;

export function createOracle(world: World, now: () => number, onLine: (line: string) => void): Oracle {
  const hash = createHash("sha256");
  const violations: string[] = [];
  const tracks = new Map<string, Track>();
  /** Receiver and event → the delivery that was claimed last. */
  const latest = new Map<string, Track>();
  const limits: Limits = createLimits(now);
  const moves = new Map<string, number>();
  const unrecorded = new Set<Exchange>();
  const owners = new Map<Exchange, Track>();
  const counts = { requests: 0, repeated: 0, crashes: 0 };

  const say = (line: string): void => {
    const text = `${now()} ${line}`;
    hash.update(`${text}\n`);
    onLine(text);
  };
  const blame = (promise: string, what: string): void => {
    violations.push(`${promise} at ${new Date(now()).toISOString()}: ${what}`);
    say(`VIOLATION ${promise} ${what}`);
  };
  const health = watchHealth(world.rules, (what) => blame("health", what));
  const order = createOrder();
  const keyOf = (receiver: string, event: string | undefined): string => `${receiver} ${event ?? "check"}`;

  const check = (exchange: Exchange, track: Track): void => {
    const { sentAt } = exchange;
    const what = `${track.event} to ${exchange.receiver.name}`;
    if (track.status === "delivered") blame("I2", `${what} was sent again, though it was delivered`);
    if (sentAt < track.notBefore)
      blame("I4", `${what} was sent ${track.notBefore - sentAt} ms before its time`);
    for (const broken of limits.broken(exchange)) blame("I4", `${what} was sent ${broken}`);
    if (health.isDisabled(track.uid) && (track.trigger === "schedule" || track.trigger === "resend")) {
      blame("I4", `${what} was sent though its integration is disabled`);
    }
    const waited = sentAt - Math.max(track.dueAt, limits.freeSince(exchange.receiver.name));
    const disorder = order.check(track, sentAt);
    if (disorder !== undefined) blame("order", `${what} ${disorder}`);
    if (waited > 1000 + SLACK_MS) blame("I6", `${what} waited ${waited} ms for nothing`);
  };

  return {
    tracks,
    violations,
    counts,
    health,
    say,
    blame,
    hash: () => hash.digest("hex").slice(0, 16),
    claimed: (deliveries) => {
      for (const { delivery, event } of deliveries) {
        const receiver = receiverOf(delivery.integrationUid);
        const track =
          tracks.get(delivery.id) ??
          newTrack(delivery.id, delivery.integrationUid, event.id, delivery.createdAt);
        tracks.set(delivery.id, track);
        const movedAt = moves.get(delivery.id);
        if (movedAt !== undefined) Object.assign(track, { dueAt: movedAt, notBefore: 0, status: "pending" });
        moves.delete(delivery.id);
        track.trigger = delivery.trigger;
        track.round = delivery.attemptsInRound;
        if (track.status === "delivered")
          blame("I2", `${event.id} to ${receiver} was claimed though it was delivered`);
        latest.set(keyOf(receiver, /^evt\d+$/.exec(event.id)?.[0]), track);
      }
    },
    sent: (exchange) => {
      const { name } = exchange.receiver;
      say(`sent ${exchange.event ?? "check"} to ${name}`);
      counts.requests += 1;
      const track = latest.get(keyOf(name, exchange.event));
      if (track === undefined) {
        blame("I2", `${exchange.event ?? "a check"} was sent to ${name}, which was not owed`);
        return;
      }
      check(exchange, track);
      track.exchanges.push(exchange);
      owners.set(exchange, track);
      unrecorded.add(exchange);
      limits.sent(exchange);
      if (unrecorded.size > MOST_IN_FLIGHT) blame("I3", `${unrecorded.size} requests are in flight`);
    },
    answered: (exchange) => {
      say(
        `answered ${exchange.event ?? "check"} by ${exchange.receiver.name}: ${exchange.wasCut === true ? "cut" : exchange.meaning}`,
      );
      limits.answered(exchange);
      const track = owners.get(exchange);
      if (track === undefined) return;
      order.ended(track);
      const { meaning, answeredAt = 0 } = exchange;
      if (exchange.wasCut === true) {
        track.cut += 1;
        unrecorded.delete(exchange);
      } else if (meaning !== undefined) {
        health.attempted(track.uid, { meaning, at: answeredAt, trigger: track.trigger });
      }
    },
    released: (releases) => {
      for (const { deliveryId, to } of releases) {
        const track = tracks.get(deliveryId);
        if (track === undefined || to === undefined) continue;
        say(`not sent ${nameOf(track)} ${track.uid} ${to.status}`);
        track.status = to.status;
      }
    },
    moved: (ids, dueAt) => {
      for (const id of ids) moves.set(id, dueAt);
    },
    recorded: (results, stored) => {
      const touched = new Set<string>();
      for (const { attempt, status, nextAttemptAt } of results) {
        const track = tracks.get(attempt.deliveryId);
        if (track === undefined) continue;
        say(`recorded ${nameOf(track)} ${track.uid} ${status}`);
        track.status = status;
        track.dueAt = nextAttemptAt ?? track.dueAt;
        const exchange = [...unrecorded].find(
          (one) =>
            owners.get(one) === track && one.sentAt === attempt.startedAt && one.answeredAt !== undefined,
        );
        if (exchange === undefined) {
          blame("I5", `an attempt of ${track.event} to ${track.uid} is recorded that was never made`);
          continue;
        }
        unrecorded.delete(exchange);
        track.recorded.push(exchange);
        const answeredAt = exchange.answeredAt ?? 0;
        touched.add(track.uid);
        if (status !== "pending") continue;
        const delay = scheduleOf(exchange.receiver, track.event)[track.round + 1];
        track.notBefore = Math.max(answeredAt + 0.8 * (delay ?? 0) - 1, exchange.pauseUntil ?? 0);
        const latestMoment =
          Math.max(answeredAt + 1.2 * (delay ?? 0) + 1, exchange.pauseUntil ?? 0) + SLACK_MS;
        if (delay === undefined)
          blame("I2", `${track.event} to ${track.uid} goes on though its attempts are used up`);
        else if (track.dueAt > latestMoment)
          blame("I6", `${track.event} to ${track.uid} is due ${track.dueAt - latestMoment} ms too late`);
      }
      const busy = new Set([...unrecorded].map((one) => owners.get(one)?.uid));
      for (const uid of touched) if (!busy.has(uid)) health.compare(uid, stored.get(uid));
    },
    refused: () => limits.disturbed(),
    began: () => {
      say("a process begins");
      limits.began();
    },
    ended: (how, stored) => {
      say(`a process ends: ${how}`);
      if (how === "crash") counts.crashes += 1;
      for (const exchange of unrecorded) {
        const track = owners.get(exchange);
        if (track === undefined) continue;
        track.lost += 1;
        if (exchange.answeredAt === undefined) order.ended(track);
        counts.repeated += 1;
      }
      unrecorded.clear();
      for (const { uid } of tracks.values()) health.forget(uid, stored.get(uid));
    },
  };
}

/** A recovery sends the oldest first, one at a time, five a second. */
function createOrder() {
  const running = new Map<string, { underWay: number; sent: number[] }>();
  const of = (uid: string) => {
    const found = running.get(uid) ?? { underWay: 0, sent: [] };
    running.set(uid, found);
    return found;
  };
  return {
    /** Sent; says what is wrong with that. */
    check: ({ uid, trigger }: Track, now: number): string | undefined => {
      if (trigger !== "recover") return undefined;
      const recovery = of(uid);
      recovery.underWay += 1;
      recovery.sent.push(now);
      if (recovery.underWay > 1) return "was sent while another one of the recovery was under way";
      const sixth = recovery.sent.at(-6);
      return sixth !== undefined && now - sixth < 1000 - SLACK_MS
        ? "was sent as the sixth within a second"
        : undefined;
    },
    ended: ({ uid, trigger }: Track): void => {
      if (trigger === "recover") of(uid).underWay -= 1;
    },
  };
}

/** Ids of test messages differ from run to run. */
const nameOf = ({ event }: Track): string => (event.startsWith("test-") ? "test" : event);

const newTrack = (id: string, uid: string, event: string, dueAt: number): Track => ({
  id,
  uid,
  event,
  trigger: "schedule",
  status: "pending",
  exchanges: [],
  recorded: [],
  lost: 0,
  cut: 0,
  round: 0,
  notBefore: 0,
  dueAt,
});

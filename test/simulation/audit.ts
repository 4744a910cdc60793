/** What must hold once all is over: the log against the network, and every event against whoever it was promised to. */
import { Secret } from "../../src/model/secret.ts";
import type { MemorySnapshot } from "../support/memory-outbox.ts";
import type { Attempt } from "../../src/model/delivery.ts";
import type { Exchange } from "./network.ts";
import type { Oracle, Track } from "./oracle.ts";
import type { World } from "./world.ts";

/** An event that was accepted. */
export interface Promised {
  acknowledged: boolean;
  /** uids of the integrations that asked for it then. */
  readonly owedTo: readonly string[];
}

const FINAL = new Set(["delivered", "exhausted", "discarded", "held"]);

export function audit(
  world: World,
  oracle: Oracle,
  promised: ReadonlyMap<string, Promised>,
  snapshot: MemorySnapshot,
): void {
  auditEvents(oracle, promised, snapshot);
  auditDeliveries(world, oracle, promised, snapshot);
  const attempts = byDelivery(snapshot.attempts);
  for (const track of oracle.tracks.values()) auditAttempts(oracle, track, attempts.get(track.id) ?? []);
}

function auditEvents(
  oracle: Oracle,
  promised: ReadonlyMap<string, Promised>,
  snapshot: MemorySnapshot,
): void {
  const stored = new Set(snapshot.events.map(({ event }) => event.id));
  for (const [id, { acknowledged }] of promised) {
    if (acknowledged && !stored.has(id)) oracle.blame("I1", `${id} was accepted and is not in the log`);
    if (!acknowledged) oracle.blame("I1", `${id} was never accepted`);
  }
}

function auditDeliveries(
  world: World,
  oracle: Oracle,
  promised: ReadonlyMap<string, Promised>,
  snapshot: MemorySnapshot,
): void {
  const owed = new Map<string, number>();
  for (const { eventId, integrationUid, status, reason, nextAttemptAt = 0 } of snapshot.deliveries) {
    const what = `${eventId} to ${integrationUid}`;
    owed.set(what, (owed.get(what) ?? 0) + 1);
    if ((status === "held" || status === "discarded") && reason === undefined) {
      oracle.blame("I2", `${what} is ${status} without a reason`);
    }
    // An attempt may be due in the last moment.
    const waits = status === "pending" && nextAttemptAt > world.end - 2000;
    if (!FINAL.has(status) && !waits) oracle.blame("I2", `${what} is ${status} in the end`);
  }
  for (const [id, { owedTo }] of promised) {
    for (const uid of owedTo) {
      const count = owed.get(`${id} to ${uid}`) ?? 0;
      if (count !== 1) oracle.blame("I2", `there are ${count} deliveries of ${id} to ${uid}`);
      owed.delete(`${id} to ${uid}`);
    }
  }
  for (const what of owed.keys()) {
    if (what.startsWith("evt")) oracle.blame("I2", `there is a delivery of ${what} that nobody asked for`);
  }
}

function auditAttempts(oracle: Oracle, track: Track, attempts: readonly Attempt[]): void {
  const what = `${track.event} to ${track.uid}`;
  const { exchanges, recorded, lost, cut } = track;
  if (exchanges.length !== attempts.length + lost + cut) {
    oracle.blame(
      "I3",
      `${what}: ${exchanges.length} requests, but ${attempts.length} attempts, ${lost} lost in a crash and ${cut} cut short`,
    );
  }
  for (const [index, attempt] of attempts.entries()) {
    const exchange = recorded[index];
    const difference = exchange === undefined ? "was never made" : compare(attempt, exchange);
    if (difference !== undefined) oracle.blame("I5", `attempt ${attempt.number} of ${what} ${difference}`);
  }
}

function compare(attempt: Attempt, exchange: Exchange): string | undefined {
  const { request, response } = attempt;
  if (request.body !== exchange.body) return "has another body than what was sent";
  if (attempt.startedAt !== exchange.sentAt) return "was made at another moment";
  if (request.url !== new Secret(exchange.url).toString()) return "went elsewhere";
  if (JSON.stringify(request.headers) !== JSON.stringify(exchange.headers)) return "has other headers";
  const answer = exchange.answer?.response;
  if (response?.status !== answer?.status || response?.body !== answer?.body)
    return `has another answer: ${JSON.stringify(response)} for ${JSON.stringify(answer)}`;
  return JSON.stringify(response?.headers) === JSON.stringify(answer?.headers)
    ? undefined
    : "has other headers in its answer";
}

function byDelivery(attempts: readonly Attempt[]): ReadonlyMap<string, readonly Attempt[]> {
  const groups = new Map<string, Attempt[]>();
  for (const attempt of attempts)
    groups.set(attempt.deliveryId, [...(groups.get(attempt.deliveryId) ?? []), attempt]);
  return groups;
}

/** Writes results in batches: whatever settles while one batch is being written goes into the next. */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { createTrouble } from "./trouble.ts";
import type { AttemptResult, Outbox, Release } from "../outbox/contract.ts";

export interface Recorder {
  add(result: AttemptResult): void;
  /** A claimed delivery that was not sent. */
  giveBack(release: Release): void;
  /** They were claimed anew: what is still to be given back of before is not. Answers with those that were. */
  claimedAgain(deliveryIds: readonly string[]): readonly string[];
  /** How many results are not durable yet. */
  waiting(): number;
  /**
   * Resolves once everything added so far is durable, or `patienceMs` are over: then nothing is tried again, and what was not
   * written counts as not sent.
   */
  settle(patienceMs: number): Promise<void>;
}

/** How long to wait before a failed write is tried again. */
const RETRY_MS = 1000;
/** How long results are gathered for one batch, unless it is full before. Costs a delivery nothing: it is sent already. */
const GATHER_MS = 5;
const FULL = 256;

export function createRecorder(
  outbox: Pick<Outbox, "record" | "release">,
  log: Log,
  clock: Clock,
  /** What is durable now, and which deliveries are given back. */
  onRecorded: (results: readonly AttemptResult[], releases: readonly Release[]) => void,
): Recorder {
  const trouble = createTrouble(log);
  let results: AttemptResult[] = [];
  let unsent: Release[] = [];
  let beingWritten = 0;
  let writing: Promise<void> | undefined;
  let givenUp = false;

  const write = async (): Promise<void> => {
    if (results.length + unsent.length < FULL) await wait(clock, GATHER_MS);
    const batch = results;
    const returned = unsent;
    results = [];
    unsent = [];
    beingWritten = batch.length;
    let recorded: readonly AttemptResult[] = [];
    try {
      if (batch.length > 0) await outbox.record(batch);
      recorded = batch;
      beingWritten = 0;
      if (returned.length > 0) await outbox.release(returned);
      trouble.over();
      onRecorded(recorded, returned);
    } catch (error) {
      beingWritten = 0;
      // What is recorded is not to be recorded again because something else could not be given back.
      if (recorded.length > 0) onRecorded(recorded, []);
      else results = [...batch, ...results];
      unsent = [...returned, ...unsent];
      trouble.say(error, "cannot record results; will try again", { results: results.length });
      if (givenUp) return;
      await wait(clock, RETRY_MS);
    }
  };
  const pump = (): void => {
    writing ??= write().finally(() => {
      writing = undefined;
      if (results.length + unsent.length > 0 && !givenUp) pump();
    });
  };
  return {
    add: (result) => {
      results.push(result);
      pump();
    },
    giveBack: (release) => {
      unsent.push(release);
      pump();
    },
    claimedAgain: (deliveryIds) => {
      if (unsent.length === 0) return [];
      const claimed = new Set(deliveryIds);
      const of = ({ deliveryId }: Release): boolean => claimed.has(deliveryId);
      const dropped = unsent.filter(of);
      unsent = unsent.filter((release) => !of(release));
      return dropped.map(({ deliveryId }) => deliveryId);
    },
    waiting: () => results.length + beingWritten,
    settle: async (patienceMs) => {
      const end = clock.now() + patienceMs;
      while (writing !== undefined && clock.now() < end) await writing;
      givenUp = true;
    },
  };
}

const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

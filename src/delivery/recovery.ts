/**
 * Recoveries: the held deliveries of an integration are sent one after another, the oldest first. That one is under way is in
 * the integration's health, so that a restart goes on with it.
 */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Health } from "../model/delivery.ts";
import type { AttemptResult, Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";
import { withoutRecovery } from "./health.ts";
import { heldReason } from "./hold.ts";

/** At most five a second: an endpoint that has just come back is not to be knocked over. */
export const RECOVERY_PACE_MS = 200;
const OUTBOX_RETRY_MS = 1000;

export interface Recovery {
  /** Takes up every recovery that the integrations' health asks for. Cheap. */
  wake(): void;
  /** Begins one, or, when one waits for its next attempt, makes that now. */
  begin(integrationUid: string): Promise<void>;
  onResult(result: AttemptResult): void;
  /** Resolves when nothing is being moved. */
  stop(): Promise<void>;
}

export interface RecoveryOptions {
  readonly outbox: Outbox;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  /** Something is due. */
  readonly onMoved: () => void;
}

export function startRecovery(options: RecoveryOptions): Recovery {
  const { outbox, engine, clock, log } = options;
  const running = new Map<string, Promise<void>>();
  /** The delivery that each recovery waits for, and what ends the wait. */
  const waiting = new Map<string, { readonly id: string; readonly end: () => void }>();
  const pauses = createPauses(clock);
  let stopped = false;

  const isWanted = (uid: string): boolean =>
    !stopped && engine.health.of(uid).recoverUntil !== undefined && engine.routes().endpoints.has(uid);
  const isFinal = (uid: string, id: string): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        waiting.delete(uid);
        resolve();
      };
      waiting.set(uid, { id, end });
    });
  /** One that waits for its next attempt when its integration is disabled is held like the rest. */
  const holdAgain = async (uid: string, id: string): Promise<void> => {
    const { disabled, reason } = engine.health.of(uid);
    if (stopped || !disabled) return;
    const to = { status: "held", reason: heldReason(reason) } as const;
    await outbox.move({ filter: { ids: [id] }, from: ["pending"], limit: 1, to });
  };

  const run = async (uid: string): Promise<void> => {
    let id = await underWay(outbox, uid);
    while (isWanted(uid)) {
      if (id !== undefined) {
        const final = isFinal(uid, id);
        options.onMoved();
        await Promise.all([final, pauses.wait(RECOVERY_PACE_MS)]);
        if (!isWanted(uid)) return holdAgain(uid, id);
      }
      id = await moveOldest(outbox, engine.health.of(uid), clock.now());
      if (id !== undefined) continue;
      await engine.change(uid, withoutRecovery);
      log.info({ uid }, "recovered: nothing is held any more");
    }
  };
  const start = (uid: string): void => {
    if (running.has(uid) || !isWanted(uid)) return;
    const end = run(uid)
      .catch(async (error: unknown) => {
        log.error({ reason: String(error) }, "cannot go on with a recovery; will try again");
        await pauses.wait(OUTBOX_RETRY_MS);
      })
      .finally(() => {
        running.delete(uid);
        start(uid);
      });
    running.set(uid, end);
  };
  const wake = (): void => {
    for (const [uid, { end }] of waiting) if (!isWanted(uid)) end();
    for (const { integrationUid } of engine.health.special()) start(integrationUid);
  };
  return {
    wake,
    begin: async (uid) => {
      start(uid);
      const current = waiting.get(uid);
      if (current === undefined) return;
      const to = { status: "pending", dueAt: clock.now(), trigger: "recover" } as const;
      await outbox.move({ filter: { ids: [current.id] }, from: ["pending"], limit: 1, to });
      options.onMoved();
    },
    onResult: ({ attempt, status, health }) => {
      for (const { id, end } of waiting.values())
        if (id === attempt.deliveryId && status !== "pending") end();
      if (health?.disabled === true) wake();
    },
    stop: async () => {
      stopped = true;
      pauses.end();
      for (const { end } of waiting.values()) end();
      await Promise.all(running.values());
    },
  };
}

/** Waits that can be cut short all at once. */
function createPauses(clock: Clock): { wait: (ms: number) => Promise<void>; end: () => void } {
  const ends = new Set<() => void>();
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const end = (): void => {
          cancel();
          ends.delete(end);
          resolve();
        };
        const cancel = clock.after(ms, end);
        ends.add(end);
      }),
    end: () => {
      for (const end of ends) end();
    },
  };
}

/** Makes the oldest held delivery of a recovery due; undefined when none is left. */
export async function moveOldest(outbox: Outbox, health: Health, now: number): Promise<string | undefined> {
  const [id] = await outbox.move({
    filter: { integration: health.integrationUid, until: (health.recoverUntil ?? now) + 1 },
    from: ["held"],
    limit: 1,
    to: { status: "pending", dueAt: now, trigger: "recover" },
  });
  return id;
}

/** The delivery that a recovery was sending when it was interrupted. */
async function underWay(outbox: Outbox, uid: string): Promise<string | undefined> {
  let cursor: string | undefined;
  do {
    const page = await outbox.deliveries({
      integration: uid,
      status: ["pending", "delivering"],
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = page.deliveries.find((one) => one.trigger === "recover" && one.integrationUid === uid);
    if (found !== undefined) return found.id;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return undefined;
}

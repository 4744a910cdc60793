/**
 * Recoveries: the held deliveries of an integration are sent one after another, the oldest first. That one is under way is in
 * the integration's health, so that a restart goes on with it.
 */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Health } from "../model/delivery.ts";
import { recordName } from "../model/record.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";
import { withoutRecovery } from "./health.ts";
import { heldReason } from "./hold.ts";
import { isOn, offReason } from "./off.ts";
import type { Settled } from "./report.ts";
import type { RouteTable } from "./routes.ts";

/** At most five a second: an endpoint that has just come back is not to be knocked over. */
export const RECOVERY_PACE_MS = 200;
const OUTBOX_RETRY_MS = 1000;

export interface Recovery {
  /** Takes up every recovery that the integrations' health asks for. Cheap. */
  wake(): void;
  /** Begins one, or, when one waits for its next attempt, makes that now. */
  begin(integrationUid: string): Promise<void>;
  onSettled(settled: Settled): void;
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
  const waits = createWaits();
  const pauses = createPauses(clock);
  let stopped = false;

  const isWanted = (uid: string): boolean =>
    !stopped && engine.health.of(uid).recoverUntil !== undefined && isOn(engine.routes(), uid);
  /**
   * Resolves once the delivery is final, or the recovery is to stop. It may have ended before anybody waited for it, and news may
   * be of an attempt from before the recovery took it up: the outbox says what is true.
   */
  const isFinal = async (uid: string, id: string): Promise<void> => {
    for (;;) {
      const next = waits.news(uid, id);
      const goesOn = (await outbox.count({ ids: [id], status: ["pending", "delivering"] })) > 0;
      if (!goesOn || !isWanted(uid)) break;
      await next;
    }
    waits.end(uid);
  };
  /** One that waits for its next attempt when its integration is disabled, or switched off, is held like the rest. */
  const holdAgain = async (uid: string, id: string): Promise<void> => {
    const reason = whyHeld(engine, uid);
    if (stopped || reason === undefined) return;
    const to = { status: "held", reason } as const;
    await outbox.move({ filter: { ids: [id] }, from: ["pending"], limit: 1, to });
  };

  const run = async (uid: string): Promise<void> => {
    let id = await underWay(outbox, uid);
    while (isWanted(uid)) {
      if (id !== undefined) {
        const final = isFinal(uid, id);
        options.onMoved();
        await Promise.all([final, pauses.wait(RECOVERY_PACE_MS)]);
        if (!isWanted(uid)) break;
      }
      const health = engine.health.of(uid);
      id = await moveOldest(outbox, health, engine.routes(), clock.now());
      if (id === undefined) await finish(health, options);
    }
    if (id !== undefined) await holdAgain(uid, id);
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
    for (const [uid] of waits.all()) if (!isWanted(uid)) waits.end(uid);
    for (const { integrationUid } of engine.health.special()) start(integrationUid);
  };
  return {
    wake,
    begin: async (uid) => {
      start(uid);
      const ids = waits.all().flatMap(([waiting, id]) => (waiting === uid ? [id] : []));
      if (ids.length === 0) return;
      const to = { status: "pending", dueAt: clock.now(), trigger: "recover" } as const;
      await outbox.move({ filter: { ids }, from: ["pending"], limit: 1, to });
      options.onMoved();
    },
    onSettled: ({ deliveryId, status, health }) => {
      for (const [uid, id] of waits.all()) if (id === deliveryId && status !== "pending") waits.end(uid);
      if (health?.disabled === true) wake();
    },
    stop: async () => {
      stopped = true;
      pauses.end();
      for (const [uid] of waits.all()) waits.end(uid);
      await Promise.all(running.values());
    },
  };
}

/** Undefined for one that is neither switched off nor disabled. */
function whyHeld(engine: Engine, uid: string): string | undefined {
  const { disabled, reason } = engine.health.of(uid);
  return (
    offReason({ integrationUid: uid }, engine.routes().off) ?? (disabled ? heldReason(reason) : undefined)
  );
}

/** Nothing was left of the recovery that `health` asked for. It is over, unless somebody has asked for more meanwhile. */
async function finish(
  { integrationUid: uid, recoverUntil }: Health,
  { engine, log }: RecoveryOptions,
): Promise<void> {
  const after = await engine.change(uid, (health) =>
    health.recoverUntil === recoverUntil ? withoutRecovery(health) : health,
  );
  if (after.recoverUntil !== undefined) return;
  const record = engine.routes().endpoints.get(uid)?.record;
  const who = record === undefined ? { uid } : { integration: recordName(record) };
  log.info(who, "recovered: nothing that may be sent is held any more");
}

/** Which delivery each recovery waits for, by the integration's uid. */
function createWaits(): {
  /** Resolves at the next news of this delivery, or when the recovery is to stop. */
  news(uid: string, id: string): Promise<void>;
  end(uid: string): void;
  all(): readonly (readonly [uid: string, id: string])[];
} {
  const waiting = new Map<string, { readonly id: string; readonly end: () => void }>();
  return {
    news: (uid, id) => new Promise((end) => void waiting.set(uid, { id, end })),
    end: (uid) => {
      const wait = waiting.get(uid);
      waiting.delete(uid);
      wait?.end();
    },
    all: () => [...waiting].map(([uid, { id }]) => [uid, id] as const),
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

/** Makes the oldest held delivery of a recovery due that nothing switched off stands in the way of; undefined when none is left. */
export async function moveOldest(
  outbox: Outbox,
  health: Health,
  { off }: Pick<RouteTable, "off">,
  now: number,
): Promise<string | undefined> {
  const [id] = await outbox.move({
    filter: {
      integration: health.integrationUid,
      until: (health.recoverUntil ?? now) + 1,
      notOf: [...off.keys()],
    },
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

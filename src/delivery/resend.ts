/** Sends deliveries again, one or many: each begins a new round of its schedule. Works on an outbox with or without a daemon. */
import type { Delivery, DeliveryStatus, Health } from "../model/delivery.ts";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import { CONFIRM_TYPE } from "../model/event.ts";
import { shellWord } from "../lib/shell-word.ts";
import type { DeliverySelection, Outbox } from "../outbox/contract.ts";
import { howToSwitchOn, switchedOff } from "./off.ts";
import type { RouteTable } from "./routes.ts";

/**
 * Ids, or a filter. A filter that names no status means what was not delivered: exhausted, discarded and held; one that names no
 * event leaves out confirmations and tests.
 */
export type Selection =
  | { readonly ids: readonly string[] }
  | { readonly filter: Omit<DeliverySelection, "ids"> };

export interface Surroundings {
  readonly outbox: Pick<Outbox, "deliveries" | "move">;
  readonly healthOf: (integrationUid: string) => Health | undefined;
  /** Whether there is still an integration to send to. */
  readonly exists: (integrationUid: string) => boolean;
  /** Those that are switched off, by uid, with what says so. */
  readonly off: RouteTable["off"];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Resent {
  /** How many are sent again, or would be. */
  readonly resent: number;
  /** Of them, how many had which status. */
  readonly byStatus: Readonly<Partial<Record<DeliveryStatus, number>>>;
  readonly skipped: readonly Skipped[];
}

/** Deliveries that are left as they are, by the reason for it. */
export interface Skipped {
  readonly reason: string;
  readonly count: number;
  /** The first few of them. */
  readonly ids: readonly string[];
}

const PAGE = 1000;
const SHOWN = 10;
const NOT_DELIVERED: readonly DeliveryStatus[] = ["exhausted", "discarded", "held"];
const MOVABLE = DELIVERY_STATUSES.filter((status) => status !== "delivering");

/** With `dryRun` nothing is done, and the answer says what would be. */
export async function resend(
  selection: Selection,
  { dryRun, ...around }: Surroundings & { readonly dryRun: boolean },
): Promise<Resent> {
  const skipped = createSkipped();
  const chosen = (await select(selection, around)).filter((delivery) => {
    const objection = objectionTo(delivery, around);
    if (objection !== undefined) skipped.add(objection, delivery.id);
    return objection === undefined;
  });
  if ("ids" in selection) {
    const found = new Set([...chosen.map(({ id }) => id), ...skipped.ids()]);
    for (const id of new Set(selection.ids.map((one) => one.toUpperCase())))
      if (!found.has(id)) skipped.add("there is no such delivery", id);
  }
  if (dryRun) return { resent: chosen.length, byStatus: tally(chosen), skipped: skipped.all() };
  const moved = new Set(await move(chosen, around));
  for (const { id } of chosen) if (!moved.has(id)) skipped.add("it was taken up in the meantime", id);
  const resent = chosen.filter(({ id }) => moved.has(id));
  return { resent: resent.length, byStatus: tally(resent), skipped: skipped.all() };
}

/** The oldest first. */
async function select(selection: Selection, around: Surroundings): Promise<readonly Delivery[]> {
  if ("ids" in selection) {
    const found: Delivery[] = [];
    const ids = [...new Set(selection.ids)];
    for (let at = 0; at < ids.length; at += PAGE) {
      const page = await around.outbox.deliveries({ ids: ids.slice(at, at + PAGE), limit: PAGE });
      found.push(...page.deliveries);
    }
    return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
  const { status = NOT_DELIVERED, until = around.now + 1, ...filter } = selection.filter;
  const wanted = status.length === 0 ? NOT_DELIVERED : status;
  const found: Delivery[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await around.outbox.deliveries({
      ...filter,
      until,
      status: wanted,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    // Nobody who asks for what was not delivered means the tests of the way.
    const meant = (one: Delivery): boolean => filter.event !== undefined || one.eventType !== CONFIRM_TYPE;
    found.push(...page.deliveries.filter(meant));
    cursor = page.next;
  }
  return found.toReversed();
}

function objectionTo(delivery: Delivery, { exists, healthOf, off }: Surroundings): string | undefined {
  if (delivery.status === "delivering") return "it is being sent right now";
  const { integration, integrationUid, viaUid } = delivery;
  if (!exists(integrationUid)) return `the integration ${integration} does not exist any more`;
  if (viaUid !== undefined && !exists(viaUid))
    return `the integration ${delivery.via ?? viaUid} that asked for it does not exist any more`;
  for (const [uid, name] of [[integrationUid, integration] as const, [viaUid, delivery.via] as const]) {
    const why = uid === undefined ? undefined : off.get(uid);
    if (why !== undefined && name !== undefined) return `${switchedOff(name, why)}; ${howToSwitchOn(name)}`;
  }
  return healthOf(integrationUid)?.disabled === true
    ? `${integration} is disabled; bellhop test ${shellWord(integration)} tells whether it works again`
    : undefined;
}

async function move(
  chosen: readonly Delivery[],
  { outbox, now }: Pick<Surroundings, "outbox" | "now">,
): Promise<readonly string[]> {
  const moved: string[] = [];
  for (let at = 0; at < chosen.length; at += PAGE) {
    const ids = chosen.slice(at, at + PAGE).map(({ id }) => id);
    const to = { status: "pending", dueAt: now, trigger: "resend" } as const;
    moved.push(...(await outbox.move({ filter: { ids }, from: MOVABLE, limit: PAGE, to })));
  }
  return moved;
}

function tally(deliveries: readonly Delivery[]): Resent["byStatus"] {
  const counts: Partial<Record<DeliveryStatus, number>> = {};
  for (const { status } of deliveries) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function createSkipped(): {
  add(reason: string, id: string): void;
  ids(): readonly string[];
  all(): readonly Skipped[];
} {
  const byReason = new Map<string, string[]>();
  return {
    add: (reason, id) => void byReason.set(reason, [...(byReason.get(reason) ?? []), id]),
    ids: () => [...byReason.values()].flat(),
    all: () =>
      [...byReason].map(([reason, ids]) => ({ reason, count: ids.length, ids: ids.slice(0, SHOWN) })),
  };
}

/** The plan of a session: what the state says, brought up to date by what was seen, and then the pure plan. */
import type { Kind, KindSpec } from "../model/field.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import type { Located } from "./addresses.ts";
import type { Desired } from "./input.ts";
import type { Seen } from "./opened.ts";
import { makePlan } from "./plan.ts";
import { recover } from "./recover.ts";
import type { SessionPlan } from "./session.ts";

interface PlanParts extends Omit<Seen, "failed"> {
  readonly wanted: readonly Desired[];
  /** Undefined before the first apply. */
  readonly located: Located | undefined;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly destroy: boolean;
  readonly onNote: ((note: string) => void) | undefined;
}

export function planFrom({
  wanted,
  observed,
  unread,
  located,
  kinds,
  destroy,
  onNote,
}: PlanParts): SessionPlan {
  const common = { desired: wanted, targets: observed, unread, kinds, destroy };
  const sides = { desired: wanted, observed, unread: [...unread.keys()] };
  if (located === undefined) {
    const planned = makePlan({ ...common, inventory: {} });
    return { ...planned, ...sides, state: undefined, recovered: false };
  }
  const fingerprint = fingerprintWith(located.state.fingerprintKey);
  const { state, doubts, notes, changed } = recover(located.state, observed, kinds, fingerprint);
  for (const note of notes) onNote?.(note);
  const planned = makePlan({
    ...common,
    inventory: state.inventory,
    doubts,
    fingerprint,
    project: state.lineage,
    former: new Map([...located.former].map(([name, { why }]) => [name, why])),
  });
  return { ...planned, ...sides, state, recovered: changed };
}

/**
 * Taking over what exists: a plan that brings objects into the inventory as they are. Only those steps of it are kept that change no
 * field of any object; a store of ours learns the key. Pure.
 */
import type { Observed } from "../model/plan.ts";
import { planDigest } from "./digest.ts";
import type { Desired, PlanInput, Planned, Step } from "./input.ts";
import { makePlan, summarise } from "./plan.ts";

/** An integration and the object that it is to be. */
export interface Claim {
  readonly desired: Desired;
  readonly object: Observed;
}

/** Why an object cannot be taken over as the integration. */
export interface Refusal {
  readonly key: string;
  readonly why: string;
  readonly hint?: string;
}

export interface TakeOver {
  readonly planned: Planned;
  readonly refused: readonly Refusal[];
}

export function planTakeOver(input: Omit<PlanInput, "desired">, claims: readonly Claim[]): TakeOver {
  const desired = claims.map((claim) => adopting(claim));
  const { plan, steps } = makePlan({ ...input, desired });
  const objects = new Map(claims.map((claim) => [claim.desired.key, claim.object]));
  const fits = ({ change: { op, key, fields, remoteId } }: Step): boolean =>
    (op === "adopt" || op === "update") && fields.length === 0 && objects.get(key)?.remoteId === remoteId;
  const refused: Refusal[] = plan.blocked.flatMap(({ key, why, hint }) =>
    key !== null && objects.has(key) ? [{ key, why, hint }] : [],
  );
  for (const step of steps) {
    const { op, key, fields } = step.change;
    if (!objects.has(key) || fits(step)) continue;
    const paths = fields.map(({ path }) => path).join(", ");
    refused.push({ key, why: `a plan would ${op} it${paths === "" ? "" : ` (${paths})`}` });
  }
  return { planned: onlySteps(plan, steps, fits), refused };
}

const adopting = ({ desired, object }: Claim): Desired => ({
  ...desired,
  manage: { ...desired.manage, adopt: object.remoteId },
});

function onlySteps(plan: Planned["plan"], steps: readonly Step[], fits: (step: Step) => boolean): Planned {
  const places = new Map<number, number>();
  const kept: Step[] = [];
  for (const [index, step] of steps.entries()) {
    if (fits(step)) places.set(index, kept.push(step) - 1);
  }
  const renumbered = kept.map((step) => ({
    ...step,
    dependsOn: step.dependsOn.flatMap((index) => places.get(index) ?? []),
  }));
  const changes = kept.map(({ change }) => change);
  return {
    plan: { ...plan, digest: planDigest(changes), summary: summarise(changes), changes, blocked: [] },
    steps: renumbered,
  };
}

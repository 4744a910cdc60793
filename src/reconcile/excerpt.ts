/** The part of a plan that is about one integration. Pure. */
import type { Plan } from "../model/plan.ts";
import { planDigest } from "./digest.ts";
import { summarise } from "./plan.ts";

export function planFor(plan: Plan, key: string): Plan {
  const isIts = (entry: { readonly key: string | null }): boolean => entry.key === key;
  const changes = plan.changes.filter(isIts);
  return {
    ...plan,
    digest: planDigest(changes),
    summary: summarise(changes),
    changes,
    kept: plan.kept.filter(isIts),
    blocked: plan.blocked.filter(isIts),
    unknown: plan.unknown.filter(isIts),
  };
}

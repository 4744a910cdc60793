/** A plan in the words that tests compare: all of it, and nothing but what tells two plans apart. */
import type { Blocked } from "../../src/model/plan.ts";
import type { Fields } from "../../src/model/value.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { input } from "./acme.ts";

/** Every member that a plan has beside its digest; changes by what tells them apart. */
export function said(over: Partial<PlanInput>): Record<string, unknown> {
  const { plan, steps } = makePlan(input(over));
  const { kept, blocked, unknown } = plan;
  const changes = steps.map(({ change, spec }) => {
    const { op, key, target: where, remoteId, fields, sideEffects } = change;
    const rows = fields.map(({ path, why }) => `${path} ${why}`);
    return [`${op} ${key} ${where} ${remoteId ?? "-"}`, rows, sideEffects, spec];
  });
  return Object.fromEntries(
    Object.entries({ changes, kept, blocked, unknown }).filter(([, list]) => list.length > 0),
  );
}

/** A change as `said` has it: a creation with all of its fields. */
export const created = (key: string, where = "house", spec: Fields = { name: key }): unknown => [
  `create ${key} ${where} -`,
  Object.keys(spec).map((path) => `${path} changed`),
  [],
  spec,
];
/** A refusal of `a` in `house`. */
export const refused = (over: Partial<Blocked>): unknown => ({
  op: "create",
  key: "a",
  kind: "acme/hook",
  target: "house",
  remoteId: null,
  ...over,
});

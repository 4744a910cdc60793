/** A plan for programs: schemas/plan.schema.json says what it looks like. Pure. */
import type { Plan } from "../../model/plan.ts";
import type { Applied } from "../apply.ts";

/** Ends with a line break. */
export function renderJson(plan: Plan): string {
  return `${JSON.stringify(planMembers(plan), null, 2)}\n`;
}

/** The plan with what came of it. */
export function renderAppliedJson(plan: Plan, applied: Applied): string {
  const results = applied.results.map(({ change, status, remoteId, message }) => {
    const { op, key, kind, target } = change;
    return { op, key, kind, target, remoteId: remoteId ?? null, status, message: message ?? null };
  });
  return `${JSON.stringify({ ...planMembers(plan), results, outcome: applied.counts }, null, 2)}\n`;
}

function planMembers({ formatVersion, digest, summary, changes, kept, blocked, unknown }: Plan): Plan {
  return { formatVersion, digest, summary, changes, kept, blocked, unknown };
}

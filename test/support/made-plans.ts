/** Plans made by hand, for what prints them. */
import { OPS } from "../../src/model/plan.ts";
import type { Blocked, Change, Op, Plan } from "../../src/model/plan.ts";

/** A change of two fields. */
export const change = (op: Op, key: string, over: Partial<Change> = {}): Change => ({
  op,
  key,
  kind: "acme/hook",
  target: "house",
  fields: [
    { path: "name", before: op === "create" ? null : "before", after: key, why: "changed" },
    { path: "events.build:start", before: null, after: true, why: "changed" },
  ],
  precondition: { none: true },
  sideEffects: [],
  source: { file: "notifications.yaml", line: 3, column: 5 },
  drift: false,
  ...over,
});

/** A refusal; without a key it is about the whole target. */
export const blockedBy = (key: string | null, over: Partial<Blocked> = {}): Blocked => ({
  op: "delete",
  key,
  kind: key === null ? null : "acme/hook",
  target: "house",
  remoteId: null,
  why: "it is protected",
  hint: "set protect: false",
  ...over,
});

/** So many changes of each operation; `over` says what else. */
export function planOf(counts: Partial<Record<Op, number>>, over: Partial<Plan> = {}): Plan {
  const summary = { create: 0, update: 0, replace: 0, delete: 0, adopt: 0, forget: 0, ...counts };
  const changes = OPS.flatMap((op) =>
    Array.from({ length: summary[op] }, (_, index) => change(op, `${op}-integration-${index}`)),
  );
  return {
    formatVersion: 1,
    digest: "a".repeat(64),
    summary,
    changes,
    kept: [],
    blocked: [],
    unknown: [],
    ...over,
  };
}

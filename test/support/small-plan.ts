/** A small plan with one of each oddity, and what it is made of. */
import type { FieldChange, Kept, Plan } from "../../src/model/plan.ts";
import type { Json } from "../../src/model/value.ts";
import { blockedBy, change, planOf } from "./made-plans.ts";

export const row = (path: string, before: Json, after: Json, why = "changed"): FieldChange => ({
  path,
  before,
  after,
  why,
});
export const keptOne = (over: Partial<Kept> = {}): Kept => ({
  key: null,
  kind: "acme/hook",
  target: "house",
  remoteId: "9",
  why: "unmanaged",
  ...over,
});

export const small: Plan = planOf(
  {},
  {
    digest: "0123456789abcdef".repeat(4),
    summary: { create: 1, update: 1, replace: 1, delete: 1, adopt: 1, forget: 1 },
    changes: [
      change("create", "made", {
        fields: [row("name", null, "made"), row("url", null, "(not yet known: ${env:U})", "not yet known")],
        sideEffects: ["sends a message"],
      }),
      change("update", "upd", {
        kind: "acme/longer",
        drift: true,
        fields: [
          row("came", null, "x"),
          row("longer.name", "y", null, "drift"),
          row("moved", ["a", "b"], ["b", "c"]),
        ],
        sideEffects: ["was old so far", "was in target yard so far"],
      }),
      change("replace", "rep", { fields: [row("style", "old", "new", "forces replacement")] }),
      change("delete", "del", { fields: [], source: null }),
      change("adopt", "ado", { fields: [] }),
      change("forget", "for", { fields: [] }),
    ],
    blocked: [
      blockedBy("p", { remoteId: "7", why: "why\u001b[2K", hint: "hint\u001b[2K" }),
      blockedBy("q", { remoteId: "q" }),
      blockedBy("r"),
      blockedBy(null, { why: "too many" }),
      blockedBy(null, { kind: "acme/hook", remoteId: "8" }),
    ],
    unknown: [
      { key: "upd", target: "house", path: "url", why: "not yet known" },
      { key: null, target: "yard", path: null, why: "answered 500" },
    ],
    kept: [
      keptOne({ key: "p", remoteId: "7", why: "said already" }),
      keptOne(),
      keptOne({ key: "ign", kind: "acme/route", remoteId: null, why: "ignored: x differs" }),
    ],
  },
);

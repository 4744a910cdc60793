/** Taking over what exists as it is, and the part of a plan that is about one integration. */
import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { planDigest } from "../../src/reconcile/digest.ts";
import { planFor } from "../../src/reconcile/excerpt.ts";
import type { PlanInput } from "../../src/reconcile/input.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import { planTakeOver } from "../../src/reconcile/take-over.ts";
import type { Claim, TakeOver } from "../../src/reconcile/take-over.ts";
import { desired, entry, input, inventory, manage, observed, target } from "../support/acme.ts";

const route = (key: string, ref: string): ReturnType<typeof desired> =>
  desired(key, { to: { hooks: [{ ref }] } }, { kind: "acme/route" });
const hookObject = (id: string, name: string, steps?: string[]): ReturnType<typeof observed> =>
  observed(id, { name, ...(steps && { steps }) });
const routeObject = (id: string, name: string, hook: string): ReturnType<typeof observed> =>
  observed(id, { name, to: { hooks: [{ id: hook }] } }, { kind: "acme/route" });

const claim = (one: Claim["desired"], object: Claim["object"]): Claim => ({ desired: one, object });

function takeOver(claims: readonly Claim[], over: Partial<PlanInput> = {}): TakeOver {
  const { desired: _, ...rest } = input({ targets: [target(claims.map(({ object }) => object))], ...over });
  return planTakeOver(rest, claims);
}

const steps = ({ planned }: TakeOver): unknown[] =>
  planned.steps.map(({ change, dependsOn }) => [change.op, change.key, change.remoteId, dependsOn]);

describe("taking over", () => {
  test("what is as declared is one adoption, sends nothing and confirms nothing", () => {
    const taken = takeOver([claim(desired("a"), hookObject("1", "a"))]);
    const change = {
      op: "adopt",
      key: "a",
      kind: "acme/hook",
      target: "house",
      remoteId: "1",
      fields: [],
      precondition: { fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
      sideEffects: [],
      source: { file: "notifications.yaml", line: 1, column: 1 },
      drift: false,
    };
    expect(taken).toEqual({
      planned: {
        plan: {
          formatVersion: 1,
          digest: planDigest(taken.planned.plan.changes),
          summary: { create: 0, update: 0, replace: 0, delete: 0, adopt: 1, forget: 0 },
          changes: [change],
          kept: [],
          blocked: [],
          unknown: [],
        },
        steps: [{ change, level: 0, dependsOn: [] }],
      },
      refused: [],
    });
  });

  test("keeps its place in the order of what is taken over with it", () => {
    const taken = takeOver([
      claim(desired("a", { steps: ["mine"] }), hookObject("1", "a", ["theirs"])),
      claim(desired("h"), hookObject("2", "h")),
      claim(route("r", "h"), routeObject("3", "r", "2")),
    ]);
    expect(steps(taken)).toEqual([
      ["adopt", "h", "2", []],
      ["adopt", "r", "3", [0]],
    ]);
    expect(taken.planned.plan.changes).toEqual(taken.planned.steps.map(({ change }) => change));
    expect(taken.planned.plan.digest).toBe(planDigest(taken.planned.plan.changes));
    expect(taken.planned.plan.summary.adopt).toBe(2);
    expect(taken.refused).toEqual([{ key: "a", why: "a plan would adopt it (steps)" }]);
  });

  test("does not wait for what is not taken over", () => {
    const taken = takeOver([
      claim(desired("h", { steps: ["mine"], enabled: false }), hookObject("2", "h")),
      claim(route("r", "h"), routeObject("3", "r", "2")),
    ]);
    expect(steps(taken)).toEqual([["adopt", "r", "3", []]]);
    expect(taken.refused).toEqual([{ key: "h", why: "a plan would adopt it (enabled, steps)" }]);
  });

  test("of what an earlier key has is an update of the inventory alone", () => {
    const was = entry(desired("old", { name: "a" }), "1");
    const one = desired("new", { name: "a" }, { manage: manage({ previously: ["old"] }) });
    expect(steps(takeOver([claim(one, hookObject("1", "a"))], { inventory: inventory(was) }))).toEqual([
      ["update", "new", "1", []],
    ]);
  });

  test("of another object than the inventory has is refused", () => {
    const other = hookObject("2", "other");
    const taken = takeOver(
      [claim(desired("new", { name: "a" }, { manage: manage({ previously: ["old"] }) }), other)],
      {
        targets: [target([hookObject("1", "a"), other])],
        inventory: inventory(entry(desired("old", { name: "a" }), "1")),
      },
    );
    expect(taken.refused).toEqual([{ key: "new", why: "a plan would update it" }]);
    expect(taken.planned.steps).toEqual([]);
    expect(taken.planned.plan.changes).toEqual([]);
  });

  test("of what would be replaced is refused, whatever differs", () => {
    const one = desired("a", { style: "new" });
    const taken = takeOver([claim(one, observed("1", { name: "a", style: "old" }))], {
      inventory: inventory(entry(one, "1")),
    });
    expect(taken.refused).toEqual([{ key: "a", why: "a plan would replace it (style)" }]);
    expect(taken.planned.plan.summary.replace).toBe(0);
  });

  test("of what is somebody else's is refused with the plan's words", () => {
    const taken = takeOver([claim(desired("a"), observed("1", { name: "a" }, { foreign: "made by Slack" }))]);
    expect(taken.refused).toEqual([
      { key: "a", why: "it is not ours: made by Slack", hint: "remove manage.adopt" },
    ]);
    expect(taken.planned.plan.blocked).toEqual([]);
  });

  test("neither does nor says anything about others", () => {
    const taken = takeOver([claim(desired("a"), hookObject("1", "a"))], {
      targets: [target([hookObject("1", "a"), hookObject("8", "gone"), hookObject("9", "stays")])],
      inventory: inventory(
        entry(desired("gone"), "8"),
        entry(desired("stays"), "9", { protect: true }),
        entry(desired("lost"), "10"),
      ),
    });
    expect(steps(taken)).toEqual([["adopt", "a", "1", []]]);
    expect(taken.planned.plan.blocked).toEqual([]);
    expect(taken.refused).toEqual([]);
  });
});

test("the part of a plan that is about one integration, whole", () => {
  const a = desired("a", {}, { manage: manage({ ignore: ["steps"] }) });
  const objects = ["a", "b"].map((key, index) => observed(`${index + 1}`, { name: key, steps: ["x"] }));
  const both = [a, { ...a, key: "b", spec: { name: "b" } }];
  const whole: Plan = {
    ...makePlan(
      input({
        desired: both.map((one) => ({ ...one, spec: { ...one.spec, enabled: false } })),
        targets: [target(objects)],
        inventory: inventory(...both.map((one, index) => entry(one, `${index + 1}`))),
      }),
    ).plan,
    blocked: ["a", "b", null].map((key) => ({
      op: "delete" as const,
      key,
      kind: null,
      target: "house",
      remoteId: null,
      why: "w",
      hint: "h",
    })),
    unknown: ["a", "b", null].map((key) => ({ key, target: "house", path: null, why: "w" })),
  };
  expect([whole.changes.length, whole.kept.length]).toEqual([2, 2]);
  expect(planFor(whole, "b")).toEqual({
    formatVersion: 1,
    digest: planDigest(whole.changes.slice(1)),
    summary: { create: 0, update: 1, replace: 0, delete: 0, adopt: 0, forget: 0 },
    changes: whole.changes.slice(1),
    kept: whole.kept.slice(1),
    blocked: whole.blocked.slice(1, 2),
    unknown: whole.unknown.slice(1, 2),
  });
});

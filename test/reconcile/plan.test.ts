import { describe, expect, test } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import { makePlan } from "../../src/reconcile/plan.ts";
import type { Planned } from "../../src/reconcile/input.ts";
import { desired, entry, input, inventory, manage, observed, target } from "../support/acme.ts";

/** `op key fields`, one line per change. */
const lines = ({ plan }: Planned): string[] =>
  plan.changes.map(({ op, key, fields, drift }) =>
    [op, key, fields.map((field) => field.path).join(","), drift ? "drift" : ""]
      .filter((word) => word !== "")
      .join(" "),
  );
const blocked = ({ plan }: Planned): string[] =>
  plan.blocked.map(({ op, key, why }) => `${op} ${key}: ${why}`);
const kept = ({ plan }: Planned): string[] =>
  plan.kept.map(({ key, remoteId, why }) => `${key} ${remoteId}: ${why}`);

describe("one integration", () => {
  const a = desired("a", { steps: ["x"] });
  const same = observed("1", { name: "a", steps: ["x"] });

  test("that is not there is created, with everything it has", () => {
    const { plan, steps } = makePlan(input({ desired: [a] }));
    expect(plan).toEqual({
      formatVersion: 1,
      digest: plan.digest,
      summary: { create: 1, update: 0, replace: 0, delete: 0, adopt: 0, forget: 0 },
      changes: [
        {
          op: "create",
          key: "a",
          kind: "acme/hook",
          target: "house",
          fields: [
            { path: "name", before: null, after: "a", why: "changed" },
            { path: "steps", before: null, after: ["x"], why: "changed" },
          ],
          precondition: { absent: true },
          sideEffects: [],
          source: { file: "notifications.yaml", line: 1, column: 1 },
          drift: false,
        },
      ],
      kept: [],
      blocked: [],
      unknown: [],
    });
    expect(steps).toEqual([{ change: plan.changes[0], spec: a.spec, level: 0, dependsOn: [] }]);
  });

  test("that is there as declared needs nothing", () => {
    const planned = makePlan(
      input({ desired: [a], targets: [target([same])], inventory: inventory(entry(a, "1")) }),
    );
    expect(planned.plan).toMatchObject({ changes: [], kept: [], blocked: [], unknown: [] });
  });

  test("that differs is updated, and says what must still hold", () => {
    const moved = { ...same, fields: { name: "a", steps: ["y"] } };
    const planned = makePlan(
      input({ desired: [a], targets: [target([moved])], inventory: inventory(entry(a, "1")) }),
    );
    expect(lines(planned)).toEqual(["update a steps drift"]);
    expect(planned.plan.changes[0]).toMatchObject({
      remoteId: "1",
      precondition: { fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test("that has vanished is created again, as drift", () => {
    const planned = makePlan(input({ desired: [a], inventory: inventory(entry(a, "1")) }));
    expect(lines(planned)).toEqual(["create a name,steps drift"]);
    expect(planned.plan.changes[0]?.sideEffects).toEqual(["takes the place of 1, which is gone from house"]);
  });

  test("that has vanished and left another with its key is taken over, not made twice", () => {
    const left = observed("2", { name: "a", steps: ["x"] }, { key: "a" });
    const planned = makePlan(
      input({
        desired: [a],
        targets: [target([left], { keepsKeys: true })],
        inventory: inventory(entry(a, "1")),
      }),
    );
    expect(lines(planned)).toEqual(["adopt a"]);
    expect(planned.plan.kept).toEqual([]);
  });

  test("that has vanished does not push aside a stranger of its name, which can be adopted", () => {
    const stranger = observed("2", { name: "a", steps: ["x"] });
    const with_ = (one: typeof a): Planned =>
      makePlan(input({ desired: [one], targets: [target([stranger])], inventory: inventory(entry(a, "1")) }));
    expect(blocked(with_(a))).toEqual(["create a: house already has an unmanaged acme/hook of this name"]);
    expect(lines(with_({ ...a, manage: manage({ adopt: "2" }) }))).toEqual(["adopt a"]);
  });

  test("whose style cannot be changed is replaced, unless it is protected", () => {
    const there = observed("1", { name: "a", style: "old" });
    const wanted = desired("a", { style: "new" });
    const guarded = { ...wanted, manage: manage({ protect: true }) };
    const with_ = (one: typeof wanted): Planned =>
      makePlan(
        input({ desired: [one], targets: [target([there])], inventory: inventory(entry(wanted, "1")) }),
      );
    expect(lines(with_(wanted))).toEqual(["replace a style drift"]);
    expect(lines(with_(guarded))).toEqual([]);
    expect(blocked(with_(guarded))).toEqual([
      "replace a: style cannot be changed without a new object, and it is protected",
    ]);
  });

  test("with a missing variable is planned, and what is missing is said", () => {
    const missing = desired("a", { url: new Unresolved("${env:URL}", true) });
    const fresh = makePlan(input({ desired: [missing] }));
    expect(fresh.plan.changes[0]?.fields).toContainEqual({
      path: "url",
      before: null,
      after: "(not yet known: ${env:URL})",
      why: "not yet known",
    });
    const there = makePlan(
      input({
        desired: [missing],
        targets: [target([observed("1", { name: "a", url: "https://a.example" })])],
        inventory: inventory(entry(desired("a"), "1")),
      }),
    );
    expect(there.plan.changes).toEqual([]);
    expect(there.plan.unknown).toEqual([
      { key: "a", target: "house", path: "url", why: "not yet known: ${env:URL}" },
    ]);
  });

  test("whose ignored header is named like a member of every object is left alone too", () => {
    const headers = JSON.parse('{ "X-A": "mine" }');
    const theirs = JSON.parse('{ "constructor": "c", "__proto__": "p", "toString": "t" }');
    const wanted = desired(
      "a",
      { headers, enabled: false },
      { manage: manage({ ignore: ["headers.__proto__", "headers.toString"] }) },
    );
    const { steps } = makePlan(
      input({
        desired: [wanted],
        targets: [target([observed("1", { name: "a", headers: theirs })])],
        inventory: inventory(entry(wanted, "1")),
      }),
    );
    expect(JSON.stringify(steps[0]?.spec?.["headers"])).toBe('{"X-A":"mine","__proto__":"p","toString":"t"}');
  });

  test("whose ignored field differs is left alone; an update sends what the target has", () => {
    const wanted = desired("a", { steps: ["x"], enabled: false }, { manage: manage({ ignore: ["steps"] }) });
    const planned = makePlan(
      input({
        desired: [wanted],
        targets: [target([observed("1", { name: "a", steps: ["theirs"] })])],
        inventory: inventory(entry(wanted, "1")),
      }),
    );
    expect(lines(planned)).toEqual(["update a enabled drift"]);
    expect(planned.steps[0]?.spec).toEqual({ name: "a", steps: ["theirs"], enabled: false });
    expect(kept(planned)).toEqual(["a 1: ignored: steps differs"]);
  });

  test("sends a confirmation where its target confirms, unless told not to", () => {
    const confirms = target([], { confirms: () => true });
    const wanted = desired("a", { url: new Secret("https://hooks.example/s3cret") });
    const quiet = desired("b", {}, { manage: manage({ confirm: false }) });
    const { plan } = makePlan(input({ desired: [wanted, quiet], targets: [confirms] }));
    expect(plan.changes.map(({ sideEffects }) => sideEffects)).toEqual([
      ["sends a confirmation message to https://hooks.example/…"],
      [],
    ]);
  });
});

describe("taking over", () => {
  const there = observed("1", { name: "a", steps: ["theirs"] });

  test("what carries our key but is not in the inventory is taken back, not created twice", () => {
    const left = { ...observed("1", { name: "a" }), key: "a" };
    const planned = makePlan(
      input({ desired: [desired("a")], targets: [target([left], { keepsKeys: true })] }),
    );
    expect(lines(planned)).toEqual(["adopt a"]);
    expect(planned.steps[0]).not.toHaveProperty("spec");
  });

  test("an object of the same name stands in the way until it is adopted", () => {
    const planned = makePlan(input({ desired: [desired("a")], targets: [target([there])] }));
    expect(lines(planned)).toEqual([]);
    expect(planned.plan.blocked).toEqual([
      {
        op: "create",
        key: "a",
        kind: "acme/hook",
        target: "house",
        remoteId: "1",
        why: "house already has an unmanaged acme/hook of this name",
        hint: 'take it over with manage: { adopt: "1" }, or use another name',
      },
    ]);
  });

  test("adopting updates what differs", () => {
    const wanted = desired("a", {}, { manage: manage({ adopt: "1" }) });
    expect(lines(makePlan(input({ desired: [wanted], targets: [target([there])] })))).toEqual([
      "adopt a steps",
    ]);
  });

  test.for<[string, Parameters<typeof input>[0], string]>([
    ["an id that is not there", { targets: [target([])] }, "adopt a: house has no acme/hook with this id"],
    [
      "what another key has",
      { targets: [target([there])], inventory: inventory(entry(desired("b"), "1")), desired: [desired("b")] },
      "adopt a: b already manages it",
    ],
    [
      "what is not ours",
      { targets: [target([{ ...there, foreign: "made by Slack" }])] },
      "adopt a: it is not ours: made by Slack",
    ],
    [
      "what would have to be replaced",
      { targets: [target([observed("1", { name: "a", style: "old" })])] },
      "replace a: style cannot be changed without a new object, and it is not ours yet",
    ],
  ])("is refused for %s", ([, over, expected]) => {
    const wanted = desired("a", { style: "new" }, { manage: manage({ adopt: "1" }) });
    const planned = makePlan(input({ ...over, desired: [wanted, ...(over.desired ?? [])] }));
    expect(blocked(planned)).toEqual([expected]);
  });

  test("adopt stays in the file without harm once it is done", () => {
    const wanted = desired("a", { steps: ["theirs"] }, { manage: manage({ adopt: "1" }) });
    const planned = makePlan(
      input({ desired: [wanted], targets: [target([there])], inventory: inventory(entry(wanted, "1")) }),
    );
    expect(lines(planned)).toEqual([]);
  });

  test("an earlier key is the same integration: no deletion, no creation", () => {
    const wanted = desired("new", { name: "a" }, { manage: manage({ previously: ["old"] }) });
    const was = entry(desired("old", { name: "a" }), "1");
    const planned = makePlan(
      input({
        desired: [wanted],
        targets: [target([observed("1", { name: "a" })])],
        inventory: inventory(was),
      }),
    );
    expect(lines(planned)).toEqual(["update new"]);
    expect(planned.plan.changes[0]?.sideEffects).toEqual(["was old so far"]);
  });
});

describe("removing", () => {
  const a = desired("a");
  const there = observed("1", { name: "a" });
  const without = (over: Parameters<typeof entry>[2], destroy = false): Planned =>
    makePlan(input({ targets: [target([there])], inventory: inventory(entry(a, "1", over)), destroy }));

  test("what is in the inventory and no longer declared is deleted", () => {
    expect(lines(without({}))).toEqual(["delete a"]);
  });

  test("protection outlives the block", () => {
    expect(lines(without({ protect: true }))).toEqual([]);
    expect(blocked(without({ protect: true }))).toEqual([
      "delete a: it is protected, and removing its block does not remove the protection",
    ]);
    expect(kept(without({ protect: true }))[0]).toMatch(/^a 1: protected/);
  });

  test("onRemove: orphan forgets, confirm waits for an acknowledgement", () => {
    expect(lines(without({ onRemove: "orphan" }))).toEqual(["forget a"]);
    expect(kept(without({ onRemove: "orphan" }))).toEqual([
      "a 1: orphaned: onRemove says to leave it where it is",
    ]);
    expect(blocked(without({ onRemove: "confirm" }))).toContain(
      "delete a: onRemove says that its deletion must be confirmed",
    );
  });

  test("destroy takes everything but what is protected or to be orphaned", () => {
    expect(lines(without({}, true))).toEqual(["delete a"]);
    expect(lines(without({ onRemove: "confirm" }, true))).toEqual(["delete a"]);
    expect(lines(without({ onRemove: "orphan" }, true))).toEqual(["forget a"]);
    expect(without({ protect: true }, true).plan).toMatchObject({
      changes: [],
      blocked: [],
      kept: [{ key: "a" }],
    });
  });

  test("what is gone already is forgotten", () => {
    expect(lines(makePlan(input({ inventory: inventory(entry(a, "1")) })))).toEqual(["forget a"]);
  });

  test("what lives in a target that is no longer declared is left alone and said", () => {
    const planned = makePlan(input({ targets: [], inventory: inventory(entry(a, "1")) }));
    expect(planned.plan.changes).toEqual([]);
    expect(planned.plan.unknown).toMatchObject([{ key: "a", target: "house" }]);
  });

  test("neighbours that nobody manages are listed, and deleted only where everything is ours", () => {
    const theirs = observed("9", { name: "theirs" });
    const foreign = observed("8", { name: "f" }, { foreign: "made by Slack" });
    const recorded = makePlan(input({ targets: [target([theirs, foreign])] }));
    expect(lines(recorded)).toEqual([]);
    expect(kept(recorded)).toEqual([
      "null 8: not ours: made by Slack",
      'null 9: unmanaged: not in the inventory; manage: { adopt: "9" } takes it over',
    ]);
    const exclusive = makePlan(input({ targets: [target([theirs, foreign], { ownership: "exclusive" })] }));
    expect(lines(exclusive)).toEqual(["delete acme/hook:9"]);
  });

  test("what another target of the same place has is no neighbour", () => {
    const planned = makePlan(
      input({
        desired: [a],
        targets: [target([there]), target([there], { name: "also", ownership: "exclusive" })],
        inventory: inventory(entry(a, "1")),
      }),
    );
    expect(planned.plan).toMatchObject({ changes: [], kept: [] });
  });

  test.for<[string, Parameters<typeof observed>[2], ReturnType<typeof manage>]>([
    ["keeps keys", { key: "a" }, manage()],
    ["is told by manage.adopt", {}, manage({ adopt: "1" })],
  ])("a target that only got another name keeps its objects where it %s", ([, over, managed]) => {
    const wanted = desired("a", {}, { target: "home", manage: managed });
    const { plan, steps } = makePlan(
      input({
        desired: [wanted],
        targets: [target([observed("1", { name: "a" }, over)], { name: "home", place: "here" })],
        inventory: inventory(entry(desired("a"), "1")),
      }),
    );
    expect(plan).toMatchObject({
      changes: [{ op: "update", fields: [], sideEffects: ["was in target house so far"] }],
      kept: [],
      blocked: [],
    });
    expect(steps).toHaveLength(1);
  });

  test("another target over the same place means the same object", () => {
    const wanted = desired("a", { steps: ["x"] }, { target: "other" });
    const here = target([observed("1", { name: "a" }, { key: "a" })], { keepsKeys: true });
    const planned = makePlan(
      input({
        desired: [wanted],
        targets: [here, { ...here, name: "other" }],
        inventory: inventory(entry(desired("a"), "1")),
      }),
    );
    expect(lines(planned)).toEqual(["update a steps"]);
    expect(planned.plan.kept).toEqual([]);
  });

  test("another kind or target means a new object, after the old one is gone", () => {
    const moved = desired("a", {}, { target: "other" });
    const planned = makePlan(
      input({
        desired: [moved],
        targets: [target([there]), target([], { name: "other", place: "other" })],
        inventory: inventory(entry(a, "1")),
      }),
    );
    expect(
      planned.steps.map(({ change, level, dependsOn }) => [change.op, change.target, level, dependsOn]),
    ).toEqual([
      ["delete", "house", 0, []],
      ["create", "other", 1, [0]],
    ]);
  });
});

describe("references", () => {
  const hooked = desired("h");
  const routed = (ref: string): ReturnType<typeof desired> =>
    desired("r", { to: { hooks: [{ ref }] } }, { kind: "acme/route" });
  const order = (planned: Planned): string[] =>
    planned.steps.map(({ change, level }) => `${level} ${change.op} ${change.key}`);

  test("order creations, and are known after apply", () => {
    const planned = makePlan(input({ desired: [routed("h"), hooked] }));
    expect(order(planned)).toEqual(["0 create h", "1 create r"]);
    expect(planned.steps[1]?.dependsOn).toEqual([0]);
    expect(planned.plan.changes[1]?.fields).toContainEqual({
      path: "to.hooks",
      before: null,
      after: [{ id: "(known after apply: h)" }],
      why: "changed",
    });
  });

  const both = [
    observed("id-h", { name: "h" }),
    observed("id-r", { name: "r", to: { hooks: [{ id: "id-h" }] } }, { kind: "acme/route" }),
  ];
  const known = inventory(entry(hooked, "id-h"), entry(routed("h"), "id-r"));

  test("compare by remote id", () => {
    const planned = makePlan(
      input({ desired: [routed("h"), hooked], targets: [target(both)], inventory: known }),
    );
    expect(planned.plan.changes).toEqual([]);
  });

  test("are re-pointed when what they name is created again", () => {
    const planned = makePlan(
      input({ desired: [routed("h"), hooked], targets: [target(both.slice(1))], inventory: known }),
    );
    expect(order(planned)).toEqual(["0 create h", "1 update r"]);
  });

  test("order deletions the other way round", () => {
    const planned = makePlan(input({ targets: [target(both)], inventory: known }));
    expect(order(planned)).toEqual(["0 delete r", "1 delete h"]);
  });

  test("what is no longer referred to goes after the update; its name is free only then", () => {
    const other = desired("i", { name: "i" });
    const planned = makePlan(
      input({ desired: [routed("i"), other], targets: [target(both)], inventory: known }),
    );
    expect(order(planned)).toEqual(["0 create i", "1 update r", "2 delete h"]);
  });

  test("a creation waits for the deletion that frees its name", () => {
    const again = desired("again", { name: "h" });
    const planned = makePlan(
      input({
        desired: [again],
        targets: [target([observed("id-h", { name: "h" })])],
        inventory: inventory(entry(hooked, "id-h")),
      }),
    );
    expect(order(planned)).toEqual(["0 delete h", "1 create again"]);
  });
});

test("the digest does not depend on where a block stands", () => {
  const below = desired("a", {}, { source: { file: "other.yaml", line: 9, column: 3 } });
  const digest = (one: typeof below): string => makePlan(input({ desired: [one] })).plan.digest;
  expect(digest(below)).toBe(digest(desired("a")));
  expect(digest(below)).not.toBe(digest(desired("a", { steps: ["x"] })));
});

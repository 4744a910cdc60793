/**
 * Every documented field of every kind, one by one, on both sides: what is declared comes to be, a second plan is empty, a
 * change of the file is seen and made, and a change of the object is seen and undone.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { Fields } from "../../../src/model/value.ts";
import { BASE, DESTINATION, fieldCases, removalCases } from "./samples.ts";
import type { FieldCase } from "./samples.ts";
import type { Side, SideName } from "./sides.ts";
import { addNeighbour, editRemotely, normalForm, openSide, recordsOf } from "./sides.ts";

let side: Side | undefined;
afterEach(async () => side?.close());

/** Applies and checks that there is nothing left to do, in this run and in the next. Answers with the changes made. */
async function converge(
  at: Side,
  kind: string,
  spec: Fields,
): Promise<readonly { op: string; paths: readonly string[]; drift: boolean }[]> {
  const session = at.session([{ key: "it", kind, spec }]);
  const plan = await session.plan();
  expect(plan.plan.blocked).toEqual([]);
  const { results } = await session.apply(plan);
  expect(results.filter(({ status }) => status !== "applied")).toEqual([]);
  expect((await session.plan()).plan.changes).toEqual([]);
  await session.close();
  const again = at.session([{ key: "it", kind, spec }]);
  expect((await again.plan()).plan.changes).toEqual([]);
  await again.close();
  const [record, ...others] = await recordsOf(at, kind);
  expect(others).toEqual([]);
  expect(normalForm(kind, record?.spec ?? {})).toEqual(normalForm(kind, spec));
  return plan.plan.changes.map(({ op, fields, drift }) => ({
    op,
    paths: fields.map(({ path }) => path),
    drift,
  }));
}

/** What no documented request takes away for certain. */
const KEPT = new Set(["northflank/notification secret", "cloudflare/policy alert_interval"]);

const sides: readonly SideName[] = ["store", "api"];

describe.each(Object.keys(BASE))("%s", (kind) => {
  describe.each(sides)("in the %s", (name) => {
    it.each(fieldCases(kind))("changes $path", async (one: FieldCase) => {
      side = await openSide(name, kind.split("/")[0] ?? "");
      if (kind === "cloudflare/policy")
        await addNeighbour(side, "cloudflare/webhook", DESTINATION, BASE["cloudflare/webhook"] ?? {});
      expect((await converge(side, kind, one.before)).map(({ op }) => op)).toEqual(["create"]);
      const changes = await converge(side, kind, one.after);
      expect(changes.map(({ op, drift }) => [op, drift])).toEqual([
        [one.replaces ? "replace" : "update", false],
      ]);
      expect(changes[0]?.paths.some((path) => one.path === path || path.startsWith(`${one.path}.`))).toBe(
        true,
      );
      if (one.hidden || one.replaces) return;
      await editRemotely(side, kind, () => structuredClone(one.before));
      const drift = await converge(side, kind, one.after);
      // oxlint-disable-next-line vitest/no-conditional-expect -- what is hidden or replaced cannot drift
      expect(drift.map((change) => [change.op, change.drift])).toEqual([["update", true]]);
    });

    it.each(removalCases(kind).filter(({ path }) => !(name === "api" && KEPT.has(`${kind} ${path}`))))(
      "takes $path away",
      async (one) => {
        side = await openSide(name, kind.split("/")[0] ?? "");
        await converge(side, kind, one.before);
        await converge(side, kind, one.after);
      },
    );
  });
});

it.each([...KEPT])("warns where an API may keep what the file no longer says: %s", async (name) => {
  const [kind = "", path] = name.split(" ");
  side = await openSide("api", kind.split("/")[0] ?? "");
  const one = removalCases(kind).find((candidate) => candidate.path === path);
  await converge(side, kind, one?.before ?? {});
  const session = side.session([{ key: "it", kind, spec: one?.after ?? {} }]);
  const { counts } = await session.apply(await session.plan());
  await session.close();
  expect(counts).toMatchObject({ applied: 1, failed: 0 });
  expect(side.notices.map(({ level, message }) => [level, message])).toEqual([
    ["warning", expect.stringMatching(/keep/)],
  ]);
});

it("covers every field", () => {
  const counts = Object.fromEntries(Object.keys(BASE).map((kind) => [kind, fieldCases(kind).length]));
  expect(counts).toMatchObject({
    "cloudflare/policy": 52,
    "cloudflare/webhook": 3,
    "northflank/notification": 77,
    "qovery/webhook": 8,
    "scalingo/notification": 2,
    "scalingo/notifier": 9,
  });
});

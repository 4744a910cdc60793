/**
 * Every documented field of every kind, one by one, on both sides: what is declared comes to be, a second plan is empty, a
 * change of the file is seen and made, and a change of the object is seen and undone.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Fields } from "../../../src/model/value.ts";
import { BASE, DESTINATION, fieldCases, removalCases } from "./samples.ts";
import type { FieldCase } from "./samples.ts";
import type { Side, SideName } from "./sides.ts";
import { addNeighbour, editRemotely, kindOf, normalForm, openSide, recordsOf } from "./sides.ts";

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
    paths: fields.map((field) => field.path),
    drift,
  }));
}

/** The requests that changed something, since the last look: `change` is the documented request that updates this kind. */
function expectCalls(at: Side, kind: string, expected: readonly string[]): void {
  const calls = at.calls();
  if (at.url === undefined) return expect(calls).toEqual([]);
  const { update } = kindOf(kind);
  expect(update).toBeDefined();
  expect(calls.map(({ method }) => method)).toEqual(
    expected.map((method) => (method === "change" ? update : method)),
  );
  for (const { status } of calls) expect(status).toSatisfy((code: number) => code >= 200 && code < 300);
}

const sides: readonly SideName[] = ["store", "api"];

describe.each(Object.keys(BASE))("%s", (kind) => {
  describe.each(sides)("in the %s", (name) => {
    it.each(fieldCases(kind))("changes $path", async (one: FieldCase) => {
      side = await openSide(name, kind.split("/")[0] ?? "");
      if (kind === "cloudflare/policy")
        await addNeighbour(side, "cloudflare/webhook", DESTINATION, BASE["cloudflare/webhook"] ?? {});
      expect((await converge(side, kind, one.before)).map(({ op }) => op)).toEqual(["create"]);
      expectCalls(side, kind, ["POST"]);
      const changes = await converge(side, kind, one.after);
      expect(changes.map(({ op, drift }) => [op, drift])).toEqual([
        [one.replaces ? "replace" : "update", false],
      ]);
      expect(
        changes[0]?.paths.some((changed) => one.path === changed || changed.startsWith(`${one.path}.`)),
      ).toBe(true);
      expectCalls(side, kind, one.replaces ? ["DELETE", "POST"] : ["change"]);
      // What an API never gives back cannot be seen to drift; a store shows everything.
      if (one.hidden && name === "api") return;
      await editRemotely(side, kind, () => structuredClone(one.before));
      const drift = await converge(side, kind, one.after);
      // oxlint-disable-next-line vitest/no-conditional-expect -- what is hidden cannot drift
      expect(drift.map((change) => [change.op, change.drift])).toEqual([
        [one.replaces ? "replace" : "update", true],
      ]);
    });

    it.each(removalCases(kind))("takes $path away", async (one) => {
      side = await openSide(name, kind.split("/")[0] ?? "");
      await converge(side, kind, one.before);
      await converge(side, kind, one.after);
      expect(side.notices.filter(({ message }) => /keep/.test(message)).length).toBeLessThanOrEqual(
        name === "api" && one.hidden ? 1 : 0,
      );
    });
  });
});

describe("every documented field that can be written has its case", () => {
  const folder = path.join(import.meta.dirname, "../../../schemas/fields");
  const written = readdirSync(folder).flatMap((file) => {
    const { apiUrl, kinds } = parse(readFileSync(path.join(folder, file), "utf8"));
    const provider = path.basename(file, ".yaml");
    return apiUrl === undefined
      ? []
      : Object.entries(kinds).map(([resource, kind]) => ({
          kind: `${provider}/${resource}`,
          paths: leafPaths((kind as Documented).fields ?? {}),
        }));
  });

  it.each(written)("$kind", ({ kind, paths }) => {
    expect(paths.length).toBeGreaterThan(1);
    expect(
      fieldCases(kind)
        .map((one) => one.path)
        .toSorted(),
    ).toEqual(paths.toSorted());
  });

  it("on more than 120 fields in all", () => {
    expect(written.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(BASE).toSorted());
    expect(written.flatMap(({ paths }) => paths).length).toBeGreaterThanOrEqual(120);
  });

  it.each(Object.keys(BASE).flatMap(fieldCases))("$kind $path is really another value", (one) => {
    expect(normalForm(one.kind, one.after)).not.toEqual(normalForm(one.kind, one.before));
  });
});

/** A field as it stands in a fields file. */
interface Documented {
  readonly readOnly?: boolean;
  readonly fields?: Readonly<Record<string, Documented>>;
  readonly keys?: readonly string[];
}

/** Read from the file alone: what the generated data or the cases leave out shows. */
function leafPaths(fields: Readonly<Record<string, Documented>>, above = ""): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.readOnly === true) return [];
    if (field.fields !== undefined) return leafPaths(field.fields, `${above}${name}.`);
    return field.keys?.map((key) => `${above}${name}.${key}`) ?? [`${above}${name}`];
  });
}

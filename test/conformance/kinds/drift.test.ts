/**
 * The drift matrix: what becomes of a secret that never comes back, for every kind that has one, told from the requests that the
 * API got. How much a provider shows is data: a mark that moves with every write, a flag that says whether there is a secret.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { Kind } from "../../../src/model/field.ts";
import type { Op, Plan } from "../../../src/model/plan.ts";
import { Secret, reveal } from "../../../src/model/secret.ts";
import type { Fields } from "../../../src/model/value.ts";
import { BASE } from "./samples.ts";
import type { Call, Declared, Side, SideName } from "./sides.ts";
import { editRemotely, kindOf, openSide, recordsOf } from "./sides.ts";

let side: Side | undefined;
afterEach(async () => side?.close());

const open = async (name: SideName, kind: Kind): Promise<Side> =>
  (side = await openSide(name, kind.split("/")[0] ?? ""));

/** Kinds with a write-only secret, and its field. */
const SECRETS = Object.keys(BASE).flatMap((kind): readonly (readonly [Kind, string])[] =>
  Object.entries(kindOf(kind).fields).flatMap(([name, field]): readonly (readonly [Kind, string])[] =>
    field.secret === true && field.writeOnly === true ? [[kind, name]] : [],
  ),
);

/** What each API lets one see of a write behind our back. A new kind states its own here. */
const SEEN: Readonly<Record<Kind, RegExp>> = {
  "northflank/notification": /^possibly changed remotely: /,
  "qovery/webhook": /^possibly changed remotely: /,
  "cloudflare/webhook": /^unverifiable: /,
};

const declare = (kind: Kind, over: Fields = {}, manage: Declared["manage"] = {}): Declared => ({
  key: "it",
  kind,
  spec: Object.fromEntries(Object.entries({ ...BASE[kind], ...over }).filter(([, value]) => value !== null)),
  manage,
});

/** One run of the command line, and the requests that changed something. */
async function run(
  at: Side,
  declared: Declared,
): Promise<{ readonly plan: Plan; readonly calls: readonly Call[]; readonly failed: number }> {
  const session = at.session([declared]);
  const planned = await session.plan();
  at.calls();
  const { counts } = await session.apply(planned);
  await session.close();
  return { plan: planned.plan, calls: at.calls(), failed: counts.failed };
}

const brief = ({ changes }: Plan): readonly (readonly [Op, boolean, readonly string[]])[] =>
  changes.map(({ op, drift, fields }) => [op, drift, fields.map(({ path }) => path)]);

const otherChange = (kind: Kind): Fields =>
  kindOf(kind).nameField === undefined ? { description: "Other" } : { name: "Other name" };

const without =
  (field: string) =>
  (spec: Fields): Fields =>
    Object.fromEntries(Object.entries(spec).filter(([name]) => name !== field));

async function secretOf(at: Side, kind: Kind, field: string): Promise<string | undefined> {
  const value = (await recordsOf(at, kind))[0]?.spec[field];
  return value instanceof Secret ? reveal(value) : undefined;
}

it("is about every kind with a secret", () => {
  expect(
    SECRETS.map(([kind]) => kind)
      .filter((kind) => kind in SEEN)
      .toSorted(),
  ).toEqual(Object.keys(SEEN).toSorted());
});

describe.each(SECRETS)("%s %s", (kind, field) => {
  it.each<SideName>(["store", "api"])("changed in the file: exactly one update, in the %s", async (name) => {
    const at = await open(name, kind);
    await run(at, declare(kind));
    const { plan, calls } = await run(at, declare(kind, { [field]: "second-secret" }));
    expect(brief(plan)).toEqual([["update", false, [field]]]);
    expect(calls.map(({ method, body }) => [method, body[field]])).toEqual(
      name === "store" ? [] : [[kindOf(kind).update, "second-secret"]],
    );
    expect(await secretOf(at, kind, field)).toBe("second-secret");
    const again = await run(at, declare(kind, { [field]: "second-secret" }));
    expect([brief(again.plan), again.calls]).toEqual([[], []]);
    // It is shown to nobody, and kept nowhere of ours.
    expect(JSON.stringify([plan, at.state.writes])).not.toMatch(/first-secret|second-secret/);
  });

  it("unchanged: nothing is written over 50 cycles, in new runs and in one that stays", async () => {
    const at = await open("api", kind);
    await run(at, declare(kind));
    at.requests();
    const staying = at.session([declare(kind)]);
    for (let cycle = 0; cycle < 50; cycle += 1) {
      const { plan, calls } = await run(at, declare(kind));
      expect([brief(plan), calls]).toEqual([[], []]);
      expect((await staying.plan()).plan.changes).toEqual([]);
    }
    await staying.close();
    const written = at.requests().filter((line) => !line.startsWith("GET "));
    expect(written.filter((line) => !line.endsWith("/tokens/exchange"))).toEqual([]);
  });

  it("changed behind our back: reported as far as the API shows it, and nothing is written", async () => {
    const at = await open("api", kind);
    await run(at, declare(kind));
    await editRemotely(at, kind, (spec) => ({ ...spec, [field]: "by-somebody" }));
    const { plan, calls } = await run(at, declare(kind));
    expect([brief(plan), calls]).toEqual([[], []]);
    expect(plan.unknown.map(({ key, why }) => [key, why])).toEqual([
      ["it", expect.stringMatching(SEEN[kind] ?? /^(possibly changed remotely|unverifiable): /)],
    ]);
    // The next change of anything puts it right.
    await run(at, declare(kind, otherChange(kind)));
    expect(await secretOf(at, kind, field)).toBe("first-secret");
  });

  it("changed behind our back in a store: drift, which is put right", async () => {
    const at = await open("store", kind);
    await run(at, declare(kind));
    await editRemotely(at, kind, (spec) => ({ ...spec, [field]: "by-somebody" }));
    expect(brief((await run(at, declare(kind))).plan)).toEqual([["update", true, [field]]]);
    expect(await secretOf(at, kind, field)).toBe("first-secret");
  });

  it("goes along with every PUT, and with every creation", async () => {
    const at = await open("api", kind);
    const all: Call[] = [];
    const go = async (over: Fields): Promise<void> =>
      void all.push(...(await run(at, declare(kind, over))).calls);
    await go({});
    await go(otherChange(kind));
    await editRemotely(at, kind, (spec) => ({ ...spec, ...otherChange(kind), [field]: "by-somebody" }));
    await go({});
    await at.store.write((records) => void records.splice(0));
    await go({});
    const creations = all.filter(({ method, body }) => method === "POST" && field in body);
    expect(creations.length).toBeGreaterThanOrEqual(2);
    const whole = all.filter(({ method }) => method === "PUT");
    expect(whole.length).toBe(kindOf(kind).update === "PUT" ? 2 : 0);
    for (const { body } of [...creations, ...whole]) expect(body[field]).toBe("first-secret");
  });

  it("cannot be resolved: no request goes out", async () => {
    const at = await open("api", kind);
    await run(at, declare(kind));
    const declared = { ...declare(kind, otherChange(kind)), unresolved: [field] };
    const { plan, calls, failed } = await run(at, declared);
    expect(JSON.stringify(plan)).toContain("not yet known");
    expect([calls, failed]).toEqual([[], 1]);
    expect(await secretOf(at, kind, field)).toBe("first-secret");
  });

  it("taken out of the file: the API has none afterwards, and the plan says how", async () => {
    const at = await open("api", kind);
    await run(at, declare(kind));
    const { plan } = await run(at, declare(kind, { [field]: null }));
    const how = kindOf(kind).fields[field]?.removeByReplacing === true ? "replace" : "update";
    expect(brief(plan)).toEqual([[how, false, [field]]]);
    expect((await recordsOf(at, kind)).map(({ spec }) => spec[field])).toEqual([undefined]);
    const again = await run(at, declare(kind, { [field]: null }));
    expect([brief(again.plan), again.calls]).toEqual([[], []]);
  });

  it("ignored: an update leaves it alone where it can, and else sends what is declared", async () => {
    const at = await open("api", kind);
    const ignoring = { ignore: [field] };
    await run(at, declare(kind, {}, ignoring));
    await editRemotely(at, kind, (spec) => ({ ...spec, [field]: "by-somebody" }));
    const { calls } = await run(at, declare(kind, otherChange(kind), ignoring));
    const resent = kindOf(kind).update === "PUT";
    expect(calls.map(({ body }) => body[field])).toEqual([resent ? "first-secret" : undefined]);
    expect(await secretOf(at, kind, field)).toBe(resent ? "first-secret" : "by-somebody");
  });

  it("ignored in a store: stays as it is, also where there is none", async () => {
    const at = await open("store", kind);
    const ignoring = { ignore: [field] };
    await run(at, declare(kind, {}, ignoring));
    await editRemotely(at, kind, (spec) => ({ ...spec, [field]: "by-somebody" }));
    await run(at, declare(kind, otherChange(kind), ignoring));
    expect(await secretOf(at, kind, field)).toBe("by-somebody");
    await editRemotely(at, kind, without(field));
    await run(at, declare(kind, {}, ignoring));
    expect(await secretOf(at, kind, field)).toBeUndefined();
  });
});

describe.each(SECRETS.filter(([kind, field]) => kindOf(kind).fields[field]?.toldBy !== undefined))(
  "%s, whose API says whether there is a %s",
  (kind, field) => {
    it("removed behind our back: drift, which is put right", async () => {
      const at = await open("api", kind);
      await run(at, declare(kind));
      await editRemotely(at, kind, without(field));
      const { plan, calls } = await run(at, declare(kind));
      expect(brief(plan)).toEqual([["update", true, [field]]]);
      expect(calls.map(({ body }) => body[field])).toEqual(["first-secret"]);
      expect(await secretOf(at, kind, field)).toBe("first-secret");
    });
  },
);

describe.each(Object.keys(BASE).filter((kind) => !SECRETS.some(([secret]) => secret === kind)))(
  "%s, which has no secret",
  (kind) => {
    it("unchanged: nothing is written over 50 cycles", async () => {
      const at = await open("api", kind);
      await run(at, declare(kind));
      for (let cycle = 0; cycle < 50; cycle += 1) {
        const { plan, calls } = await run(at, declare(kind));
        expect([brief(plan), plan.unknown, calls]).toEqual([[], [], []]);
      }
    });
  },
);

/**
 * An API that is slow, refuses, fails, or does what it is asked and does not answer: for every kind and every way of changing
 * something, there is never a second object, no pause is cut short, and what people read says what happened and what to do.
 */
import { afterEach, describe, expect, it } from "vitest";
import { providerSpecs } from "../../../src/generated/kinds.ts";
import { emulators } from "../../../src/generated/registry.ts";
import type { Kind } from "../../../src/model/field.ts";
import type { Op } from "../../../src/model/plan.ts";
import type { Fields } from "../../../src/model/value.ts";
import type { ChangeResult } from "../../../src/reconcile/apply.ts";
import { BASE } from "./samples.ts";
import type { Declared, Side, SideOptions } from "./sides.ts";
import { kindOf, normalForm, openSide, recordsOf } from "./sides.ts";

let side: Side | undefined;
afterEach(async () => side?.close());

const open = async (kind: Kind, options: SideOptions): Promise<Side> =>
  (side = await openSide("api", kind.split("/")[0] ?? "", options));

async function apply(at: Side, declared: readonly Declared[]): Promise<readonly ChangeResult[]> {
  const session = at.session(declared);
  const plan = await session.plan();
  // Removing all that is declared is what some of these are about.
  const { results } = await session.apply(plan, { acknowledged: plan.plan.digest });
  await session.close();
  return results;
}

async function planned(at: Side, declared: readonly Declared[]): Promise<readonly Op[]> {
  const session = at.session(declared);
  const { plan } = await session.plan();
  await session.close();
  return plan.changes.map(({ op }) => op);
}

const COLLECTIONS: Readonly<Record<Kind, string>> = {
  "northflank/notification": "/v1/integrations/notifications",
  "scalingo/notifier": "/v1/apps/*/notifiers",
  "scalingo/notification": "/v1/apps/*/notifications",
  "qovery/webhook": "/organization/*/webhook",
  "cloudflare/webhook": "/client/v4/accounts/*/alerting/v3/destinations/webhooks",
  "cloudflare/policy": "/client/v4/accounts/*/alerting/v3/policies",
};

const CLASSES = ["create", "update", "delete"] as const;
type Class = (typeof CLASSES)[number];

/** The requests of one class, in the emulator's notation. */
function requestsOf(kind: Kind, what: Class): string {
  const collection = COLLECTIONS[kind];
  if (what === "delete") return "DELETE:/**";
  const method = what === "create" ? "POST" : (kindOf(kind).update ?? "");
  if (collection === undefined) return `${method}:/**`;
  return `${method}:${collection}${what === "create" ? "" : "/*"}`;
}

const changeOf = (kind: Kind): Fields => {
  const { nameField, fields } = kindOf(kind);
  if (nameField !== undefined) return { [nameField]: "Changed" };
  return "description" in fields ? { description: "Changed" } : { active: false };
};

const it1 = (kind: Kind, over: Fields = {}): Declared => ({
  key: "it",
  kind,
  spec: { ...BASE[kind], ...over },
});

/** What is there before, and what the file says. */
const wantedBy = (kind: Kind, what: Class): readonly Declared[] =>
  what === "delete" ? [] : [it1(kind, what === "update" ? changeOf(kind) : {})];

async function prepare(at: Side, kind: Kind, what: Class): Promise<void> {
  if (what !== "create") await apply(at, [it1(kind)]);
  at.calls();
}

async function expectDone(at: Side, kind: Kind, what: Class): Promise<void> {
  const wanted = wantedBy(kind, what);
  const records = await recordsOf(at, kind);
  expect(records.map(({ spec }) => normalForm(kind, spec))).toEqual(
    wanted.map(({ spec }) => normalForm(kind, spec)),
  );
  expect(await planned(at, wanted)).toEqual([]);
}

const cases = Object.keys(BASE).flatMap((kind) => CLASSES.map((what) => ({ kind, what })));

interface Hardship {
  readonly fault: string;
  readonly requests: number | Readonly<Record<Class, number>>;
  /** Longest wait in milliseconds that must have been kept. */
  readonly pause?: number;
}

const OVERCOME: readonly Hardship[] = [
  { fault: "429=1,retry-after=3", requests: 2, pause: 3000 },
  { fault: "429=3,retry-after=40", requests: 4, pause: 40_000 },
  { fault: "503=1,retry-after=5", requests: 2, pause: 5000 },
  { fault: "502=1", requests: 2 },
  { fault: "drop=1", requests: 2 },
  { fault: "latency=60ms,times=1", requests: 1 },
  // What was made is found; what was changed or removed is asked for again, which does no harm.
  { fault: "drop-after-commit=1", requests: { create: 1, update: 2, delete: 2 } },
];

describe.each(OVERCOME)("$fault", ({ fault, requests, pause = 0 }) => {
  it.each(cases)("is overcome by the $what of a $kind", async ({ kind, what }) => {
    const at = await open(kind, { faults: [`${fault}@${requestsOf(kind, what)}`] });
    await prepare(at, kind, what);
    const results = await apply(at, wantedBy(kind, what));
    expect(results.map(({ status, message }) => [status, message])).toEqual([["applied", undefined]]);
    expect(at.calls()).toHaveLength(typeof requests === "number" ? requests : requests[what]);
    expect(Math.max(0, ...at.slept)).toBeGreaterThanOrEqual(pause);
    const told = at.notices.filter(({ message }) => message.includes(`waiting ${pause / 1000} s`));
    expect(told.length > 0).toBe(pause > 1000);
    await expectDone(at, kind, what);
  });
});

interface Defeat {
  readonly fault: string;
  readonly requests: number;
  readonly says: RegExp;
  readonly advises: RegExp;
}

const DEFEATS: readonly Defeat[] = [
  {
    fault: "500=1",
    requests: 1,
    says: /injected fault 500 \(500/,
    advises: /try again later: the fault is on/,
  },
  { fault: "503=4", requests: 4, says: /503/, advises: /try again later/ },
  { fault: "429=4,retry-after=2", requests: 4, says: /429/, advises: /try again later, or change fewer/ },
  {
    fault: "drop=4",
    requests: 4,
    says: /the connection broke off before an answer came/,
    advises: /check the network/,
  },
  {
    fault: "422=1",
    requests: 1,
    says: /injected fault 422 \(422/,
    advises: /correct what the message names/,
  },
  { fault: "403=1", requests: 1, says: /403/, advises: /give the credentials the right/ },
];

describe.each(DEFEATS)("$fault", ({ fault, requests, says, advises }) => {
  it.each(cases)("is told by the $what of a $kind, and made good by the next", async ({ kind, what }) => {
    const at = await open(kind, { faults: [`${fault}@${requestsOf(kind, what)}`] });
    await prepare(at, kind, what);
    const [result, ...others] = await apply(at, wantedBy(kind, what));
    expect([result?.status, others]).toEqual(["failed", []]);
    const title = providerSpecs.find(({ id }) => kind.startsWith(`${id}/`))?.title ?? "";
    const [method = ""] = requestsOf(kind, what).split(":");
    expect(result?.message?.startsWith(`${title}: ${method} /`)).toBe(true);
    expect(result?.message).toMatch(says);
    expect(result?.message).toMatch(advises);
    expect(result?.message).not.toMatch(/first-secret|0001/);
    expect(at.calls()).toHaveLength(requests);
    expect(await recordsOf(at, kind)).toHaveLength(what === "create" ? 0 : 1);
    const again = await apply(at, wantedBy(kind, what));
    expect(again.map(({ status }) => status)).toEqual(["applied"]);
    await expectDone(at, kind, what);
  });
});

describe("an answer that does not come in time", () => {
  it.each(cases)("leaves the $what of a $kind done once", async ({ kind, what }) => {
    const fault = `latency=400ms,times=1@${requestsOf(kind, what)}`;
    const at = await open(kind, { faults: [fault], deadlineMs: 200 });
    await prepare(at, kind, what);
    const wanted = wantedBy(kind, what);
    const [result] = await apply(at, wanted);
    const late = what === "create";
    expect(result?.status).toBe(late ? "failed" : "applied");
    if (late) {
      // It is carried out after everybody has stopped waiting: asked for twice, it would be there twice.
      expect(at.calls()).toHaveLength(1);
      expect(result?.message).toMatch(/no answer came in time.*nothing of it is there yet.*apply again/);
      await expect.poll(async () => (await recordsOf(at, kind)).length).toBe(1);
    }
    expect((await apply(at, wanted)).map(({ status }) => status)).toEqual([]);
    await expectDone(at, kind, what);
  });
});

it.each(Object.keys(BASE))("says where it cannot tell whether a %s was made, and finds out", async (kind) => {
  // The list that the plan needs, and what Scalingo's names are looked up in, come through.
  const looks = kind === "scalingo/notifier" ? 3 : 1;
  const at = await open(kind, {
    faults: [`drop-after-commit=1@${requestsOf(kind, "create")}`, `403=1,skip=${looks}@GET:/**`],
  });
  const [result] = await apply(at, [it1(kind)]);
  expect(result?.status).toBe("failed");
  expect(result?.message).toMatch(/whether it was carried out is not known: .*403.*apply again/);
  expect(await apply(at, [it1(kind)])).toEqual([]);
  await expectDone(at, kind, "create");
});

it("makes two Qovery webhooks that are alike, though both answers are lost", async () => {
  const kind = "qovery/webhook";
  const at = await open(kind, { faults: ["drop-after-commit=2@POST:/organization/*/webhook"] });
  const twins = ["one", "two"].map((key): Declared => ({ ...it1(kind), key }));
  expect((await apply(at, twins)).map(({ status }) => status)).toEqual(["applied", "applied"]);
  expect(await recordsOf(at, kind)).toHaveLength(2);
  expect(await planned(at, twins)).toEqual([]);
});

describe("the rate budget", () => {
  const many = (kind: Kind): readonly Declared[] =>
    Array.from({ length: 40 }, (_, index): Declared => {
      const { nameField } = kindOf(kind);
      const own: Fields =
        nameField === undefined ? { description: `Number ${index}` } : { [nameField]: `Number ${index}` };
      return { ...it1(kind, own), key: `it-${index}` };
    });

  /** Who tells nothing of a budget is kept to the documented one. */
  const budgetOf = (kind: Kind): number | "documented" => {
    const emulator = emulators.find(({ id }) => kind.startsWith(`${id}/`));
    const state = { limit: 1, windowMs: 1, remaining: 0, resetAt: 0, now: 0 };
    return Object.keys(emulator?.budgetHeaders(state, false) ?? {}).length === 0 ? "documented" : 25;
  };

  it.each(
    Object.keys(BASE)
      .filter((kind) => kind !== "scalingo/notification")
      .map((kind) => ({ kind, budget: budgetOf(kind) })),
  )("of $kind is never overdrawn: $budget", async ({ kind, budget }) => {
    const at = await open(kind, { budget });
    const results = await apply(at, many(kind));
    expect(results.filter(({ status }) => status !== "applied")).toEqual([]);
    expect(await planned(at, many(kind))).toEqual([]);
    const statuses = at.statuses();
    expect(statuses.length).toBeGreaterThan(80);
    expect(statuses.filter((status) => status === 429)).toEqual([]);
    // Where there was more to ask than the budget allows at once, it has waited and said so.
    const documented = emulators.find(({ id }) => kind.startsWith(`${id}/`))?.budget.limit ?? 0;
    const scarce = statuses.length > (budget === "documented" ? documented : budget);
    const told = at.notices.some(({ message }) => /waiting \d+ s .*the rate budget is used up/.test(message));
    expect(told).toBe(scarce);
    expect(await recordsOf(at, kind)).toHaveLength(40);
  });

  it("that somebody else has spent is waited for, also where nobody says how long", async () => {
    const kind = "scalingo/notifier";
    const at = await open(kind, { budget: 8 });
    const results = await apply(at, many(kind).slice(0, 10));
    expect(results.filter(({ status }) => status !== "applied")).toEqual([]);
    expect(at.statuses()).toContain(429);
    expect(at.slept).toContain(60_000);
    expect(await recordsOf(at, kind)).toHaveLength(10);
  });
});

/** Which deliveries are sent again, which are left alone, and why; over a real outbox. */
import { describe, expect, it } from "vitest";
import { resend } from "../../src/delivery/resend.ts";
import type { Selection } from "../../src/delivery/resend.ts";
import { becomes, deliverySide, until } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const RULES = { failures: 20, afterMs: 3_600_000, probeMs: 3_600_000 };
const ONCE = { retry: { schedule: ["0s"] } };

/** Deliveries of every status: `ok` delivered, `bad` exhausted, `off` held, `slow` delivering, `later` pending. */
async function everyStatus(): Promise<Side> {
  const answers: Record<string, number> = { "/bad": 500, "/off": 410, "/later": 503 };
  const url = await listen((request, response) => {
    request.resume();
    if (request.url !== "/slow") response.writeHead(answers[request.url ?? ""] ?? 200).end();
  });
  const side = await deliverySide(
    ["ok", "bad", "off", "slow", "later"].map((key) => ({
      key,
      webhook: `${url}/${key}`,
      spec: key === "bad" ? ONCE : {},
    })),
    RULES,
  );
  await side.emit("e1");
  await becomes(() => side.list("ok"), [{ status: "delivered" }]);
  await becomes(() => side.list("bad"), [{ status: "exhausted" }]);
  await becomes(() => side.list("off"), [{ status: "held" }]);
  await becomes(() => side.list("slow"), [{ status: "delivering" }]);
  await becomes(() => side.list("later"), [{ status: "pending", attempts: 1 }]);
  return side;
}

const run = (side: Side, selection: Selection, dryRun = true, without: readonly string[] = []) => {
  const { outbox, engine } = side.now();
  return resend(selection, {
    outbox,
    healthOf: (uid) => engine.health.of(uid),
    exists: (uid) => !without.includes(uid),
    off: engine.routes().off,
    now: side.clock.now(),
    dryRun,
  });
};

describe("resend", () => {
  it("of ids takes what is not being sent, is not owed to a disabled integration, and exists", async () => {
    const side = await everyStatus();
    const idOf = async (key: string): Promise<string> => (await side.list(key))[0]?.id ?? "";
    const [ok, bad, off, slow, later] = await Promise.all(["ok", "bad", "off", "slow", "later"].map(idOf));
    const ids = [ok, bad, off, slow, later, ok, "nope"].map((id) => id ?? "");
    const expected = {
      resent: 3,
      byStatus: { delivered: 1, exhausted: 1, pending: 1 },
      skipped: [
        { reason: "off is disabled; bellhop test off tells whether it works again", count: 1, ids: [off] },
        { reason: "it is being sent right now", count: 1, ids: [slow] },
        { reason: "there is no such delivery", count: 1, ids: ["NOPE"] },
      ],
    };
    const dry = await run(side, { ids });
    expect({ ...dry, skipped: dry.skipped.toSorted((a, b) => (a.reason > b.reason ? -1 : 1)) }).toEqual({
      ...expected,
      skipped: expected.skipped.toSorted((a, b) => (a.reason > b.reason ? -1 : 1)),
    });
    expect(await side.list("ok")).toMatchObject([{ status: "delivered", attempts: 1 }]);
    expect(await run(side, { ids: ids.slice(0, 2) }, false, ["uid-ok"])).toEqual({
      resent: 1,
      byStatus: { exhausted: 1 },
      skipped: [{ reason: "the integration ok does not exist any more", count: 1, ids: [ok] }],
    });
  });

  it("begins a new round of the schedule", async () => {
    const side = await everyStatus();
    expect(await run(side, { filter: { integration: "bad" } }, false)).toMatchObject({ resent: 1 });
    side.now().wake();
    await becomes(
      () => side.list("bad"),
      [{ status: "exhausted", attempts: 2, attemptsInRound: 1, trigger: "resend" }],
    );
  });

  it.for([
    ["what was not delivered, when no status is named", {}, { exhausted: 1 }],
    ["delivered ones only when they are named", { status: ["delivered"] }, { delivered: 1 }],
    ["pending ones too, at once", { status: ["pending"] }, { pending: 1 }],
    ["an event", { event: "e1" }, { exhausted: 1 }],
    ["another event", { event: "other" }, {}],
    ["the past", { until: 0 }, {}],
  ] as const)("of a filter takes %s", async ([, filter, byStatus]) => {
    const side = await everyStatus();
    expect(await run(side, { filter })).toMatchObject({ byStatus });
  });

  it("of a filter leaves out tests of the way, unless their event is named", async () => {
    const side = await everyStatus();
    const { engine } = side.now();
    const bad = engine.find("bad");
    if (bad === undefined) throw new Error("there is no bad");
    await engine.test(bad);
    await until(async () => (await side.list("bad", "exhausted")).length === 2);
    expect(await run(side, { filter: { integration: "bad" } })).toMatchObject({ resent: 1 });
    expect(await run(side, { filter: { event: "bellhop:confirm" } })).toMatchObject({ resent: 1 });
  });
});

/** Recoveries: what is held is sent in order, slowly, across restarts, and stops when the endpoint is not back yet. */
import { describe, expect, it } from "vitest";
import { askToRecover, disableByRequest } from "../../src/delivery/control.ts";
import { Secret } from "../../src/model/secret.ts";
import { becomes, deliverySide, until } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const HOUR = 3_600_000;
const RULES = { failures: 20, afterMs: 24 * HOUR, probeMs: HOUR };

interface Hook {
  url: string;
  /** What each request is answered with, the last one for ever. */
  answers: number[];
  /** Ids of the events that came, in order. */
  got: string[];
}

async function hookOf(...answers: number[]): Promise<Hook> {
  const hook: Hook = { url: "", answers, got: [] };
  hook.url = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      hook.got.push(/"id":"([^"]*)"/.exec(body)?.[1] ?? "");
      const status = hook.answers.length > 1 ? hook.answers.shift() : hook.answers[0];
      response.writeHead(status ?? 200).end();
    });
  });
  return hook;
}

/** An integration that is gone, and owed `count` deliveries that are held. */
async function heldSide(count: number): Promise<{ side: Side; hook: Hook; ids: readonly string[] }> {
  const hook = await hookOf(410);
  const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
  const ids = Array.from({ length: count }, (_, index) => `e${index}`);
  for (const id of ids) {
    await side.emit(id);
    await until(async () => (await side.health("hook"))?.disabled === true);
  }
  await becomes(
    () => side.list("hook"),
    ids.map(() => ({ status: "held" })),
  );
  hook.got = [];
  hook.answers = [200];
  return { side, hook, ids };
}

async function recover(side: Side): Promise<number> {
  const { engine, outbox, tries } = side.now();
  const found = engine.find("hook");
  if (found === undefined) throw new Error("there is no hook");
  const held = await askToRecover({ engine, outbox, clock: side.clock }, found);
  await tries.begin(found.record.uid);
  return held;
}

const recovered = (side: Side): Promise<void> =>
  until(async () => (await side.health("hook"))?.recoverUntil === undefined);

describe("a recovery", () => {
  it("sends what is held one after another, oldest first, at most five a second, and brings the integration back", async () => {
    const { side, hook, ids } = await heldSide(8);
    const began = side.clock.now();
    expect(await recover(side)).toBe(8);
    await recovered(side);
    expect(hook.got).toEqual(ids);
    expect(side.clock.now() - began).toBeGreaterThanOrEqual(7 * 200);
    expect(await side.list("hook")).toMatchObject(
      ids.map(() => ({ status: "delivered", trigger: "recover" })),
    );
    expect(await side.health("hook")).toMatchObject({ disabled: false, numberOfFailedRequests: 0 });
  });

  it("goes on after a restart in the middle, in the same order, with nothing sent twice", async () => {
    const { side, hook, ids } = await heldSide(8);
    await recover(side);
    await until(() => hook.got.length >= 3);
    await side.restart();
    await recovered(side);
    expect(hook.got).toEqual(ids);
    expect((await side.list("hook", "delivered")).length).toBe(8);
  });

  it("stops when the first one fails on a disabled integration: everything stays held", async () => {
    const { side, hook } = await heldSide(3);
    hook.answers = [503];
    await recover(side);
    await recovered(side);
    expect(hook.got).toEqual(["e0"]);
    expect(await side.list("hook", "held")).toHaveLength(3);
    expect(await side.health("hook")).toMatchObject({
      disabled: true,
      cause: "gone",
      numberOfFailedRequests: 2,
    });
  });

  it("waits for one that is tried again, and makes that try at once when it is asked for anew", async () => {
    const { side, hook, ids } = await heldSide(3);
    hook.answers = [200, 503, 503, 200];
    await recover(side);
    await becomes(
      () => side.list("hook"),
      [{ status: "delivered" }, { status: "pending", attempts: 1 }, { status: "held" }],
    );
    await recover(side);
    await becomes(
      () => side.list("hook"),
      [{ attempts: 2 }, { status: "pending", attempts: 2 }, { status: "held" }],
    );
    await until(async () => {
      await side.clock.advance(1000);
      return (await side.health("hook"))?.recoverUntil === undefined;
    });
    expect(hook.got).toEqual([ids[0], ids[1], ids[1], ids[1], ids[2]]);
  });

  it("ends when the integration is disabled by request in the middle: the rest is held again", async () => {
    const { side, hook } = await heldSide(3);
    hook.answers = [200, 503];
    await recover(side);
    await becomes(
      () => side.list("hook"),
      [{ status: "delivered" }, { status: "pending", attempts: 1 }, { status: "held" }],
    );
    const { engine, outbox, tries } = side.now();
    const found = engine.find("hook");
    if (found === undefined) throw new Error("there is no hook");
    await disableByRequest({ engine, outbox, clock: side.clock }, found, "maintenance");
    tries.wake();
    await side.clock.advance(100 * HOUR);
    expect(await side.list("hook")).toMatchObject([
      { status: "delivered" },
      { status: "held" },
      { status: "held" },
    ]);
    expect(hook.got).toHaveLength(2);
  });

  it("of nothing does nothing", async () => {
    const hook = await hookOf(200);
    const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
    expect(await recover(side)).toBe(0);
    expect(await side.health("hook")).toBeUndefined();
  });

  it("takes in what comes while its first delivery is under way", async () => {
    const { side, hook } = await heldSide(1);
    let release = (): void => undefined;
    const free = new Promise<void>((resolve) => (release = resolve));
    const slow = await listen((request, response) => {
      request.resume();
      hook.got.push("slow");
      void free.then(() => response.end());
    });
    await side.store.write((records) => {
      const [record] = records;
      if (record !== undefined)
        records[0] = { ...record, spec: { ...record.spec, webhook: new Secret(slow) } };
    });
    await side.now().engine.reload();
    await recover(side);
    await until(() => hook.got.includes("slow"));
    await side.clock.advance(10);
    await side.emit("late");
    expect(await side.list("hook", "held")).toMatchObject([{ eventId: "late" }]);
    release();
    await recovered(side);
    expect(await side.list("hook", "delivered")).toHaveLength(2);
  });
});

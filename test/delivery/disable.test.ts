/** Disabled and back, over a real outbox and real receivers, restarts included. */
import { describe, expect, it } from "vitest";
import { disableByRequest, enableByRequest } from "../../src/delivery/control.ts";
import { becomes, deliverySide, START, until } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const HOUR = 3_600_000;
const RULES = { failures: 3, afterMs: HOUR, probeMs: HOUR };
const RETRY = { retry: { schedule: ["0s", "30m", "30m", "30m", "30m"] } };

/** An endpoint that answers with `status`, and counts. */
async function endpoint(): Promise<{ url: string; status: number; requests: number }> {
  const state = { url: "", status: 200, requests: 0 };
  state.url = await listen((request, response) => {
    request.resume().on("end", () => {
      state.requests += 1;
      response.writeHead(state.status).end();
    });
  });
  return state;
}

/** One integration that has failed three times over an hour. */
async function disabledSide(): Promise<{ side: Side; hook: Awaited<ReturnType<typeof endpoint>> }> {
  const hook = await endpoint();
  hook.status = 503;
  const side = await deliverySide([{ key: "hook", webhook: hook.url, spec: RETRY }], RULES);
  await side.emit("first");
  for (const failures of [1, 2]) {
    await becomes(() => side.health("hook"), { numberOfFailedRequests: failures, disabled: false });
    await side.clock.advance(40 * 60_000);
  }
  await becomes(() => side.health("hook"), { numberOfFailedRequests: 3, disabled: true });
  return { side, hook };
}

const statuses = async (side: Side): Promise<readonly string[]> =>
  (await side.list("hook")).map(({ status }) => status);

describe("an integration that fails too often", () => {
  it("is disabled with the documented status fields, which a restart keeps to the letter", async () => {
    const { side, hook } = await disabledSide();
    const before = await side.health("hook");
    expect(before).toMatchObject({
      disabled: true,
      cause: "failures",
      reason: "3 requests failed in a row since 2026-11-20 12:00Z; the last: answered 503",
      numberOfFailedRequests: 3,
    });
    expect(before?.timeOfFirstFailedRequest).toBeGreaterThanOrEqual(START);
    expect(before?.timeOfFirstFailedRequest).toBeLessThan(START + 30_000);
    await side.restart();
    expect(await side.health("hook")).toEqual(before);
    expect(side.now().engine.health.of("uid-hook")).toEqual(before);
    expect(hook.requests).toBe(3);
  });

  it("holds what it is owed and what comes, and is asked no more", async () => {
    const { side, hook } = await disabledSide();
    await side.emit("second");
    expect(await side.list("hook")).toMatchObject([
      { eventId: "first", status: "held", attempts: 3, reason: expect.stringMatching(/^3 requests failed/) },
      { eventId: "second", status: "held", attempts: 0, reason: expect.stringMatching(/^3 requests failed/) },
    ]);
    await side.restart();
    await side.emit("third");
    expect(await statuses(side)).toEqual(["held", "held", "held"]);
    expect(hook.requests).toBe(3);
  });

  it("is tried with its oldest held delivery, and is back when that arrives; the rest stays held", async () => {
    const { side, hook } = await disabledSide();
    await side.emit("second");
    await side.clock.advance(HOUR);
    await becomes(
      () => side.list("hook"),
      [
        { status: "held", attempts: 4 },
        { status: "held", attempts: 0 },
      ],
    );
    const failed = await side.health("hook");
    expect(failed).toMatchObject({ disabled: true, numberOfFailedRequests: 4 });
    expect((failed?.probeAt ?? 0) - (failed?.lastFailure ?? 0)).toBeGreaterThan(1.9 * HOUR);
    hook.status = 200;
    await side.clock.advance(2.1 * HOUR);
    await becomes(() => statuses(side), ["delivered", "held"]);
    const back = await side.health("hook");
    expect(back).toEqual({
      integrationUid: "uid-hook",
      disabled: false,
      warned: 0,
      numberOfFailedRequests: 0,
      confirmed: false,
      lastSuccess: expect.any(Number),
      lastFailure: failed?.lastFailure,
    });
    await side.emit("third");
    await becomes(() => statuses(side), ["delivered", "held", "delivered"]);
  });

  it("is tried after a restart too, and when something is held only after the time", async () => {
    const { side, hook } = await disabledSide();
    await side.now().outbox.move({
      filter: { integration: "hook" },
      from: ["held"],
      limit: 10,
      to: { status: "discarded", reason: "nobody wants it" },
    });
    await side.restart();
    await side.clock.advance(5 * HOUR);
    hook.status = 200;
    await side.emit("second");
    await becomes(() => statuses(side), ["discarded", "delivered"]);
  });
});

describe("an endpoint that is gone", () => {
  it("is disabled at once and never probed; a changed record brings it back, with clean fields", async () => {
    const hook = await endpoint();
    hook.status = 410;
    const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
    await side.emit("first");
    await becomes(() => statuses(side), ["held"]);
    expect(await side.health("hook")).toMatchObject({
      disabled: true,
      cause: "gone",
      reason: "answered 410 Gone",
      numberOfFailedRequests: 1,
    });
    hook.status = 200;
    await side.clock.advance(100 * HOUR);
    await side.now().engine.reload();
    expect([hook.requests, await statuses(side)]).toEqual([1, ["held"]]);
    await side.restart(() =>
      side.store.write((records) => {
        for (const [index, record] of records.entries())
          records[index] = { ...record, updatedAt: new Date(side.clock.now()).toISOString() };
      }),
    );
    expect(await side.health("hook")).toMatchObject({
      disabled: false,
      numberOfFailedRequests: 0,
      warned: 0,
    });
    expect(await side.health("hook")).not.toHaveProperty("reason");
    expect(await side.health("hook")).not.toHaveProperty("timeOfFirstFailedRequest");
    await side.emit("second");
    await becomes(() => statuses(side), ["held", "delivered"]);
  });

  it("comes back with a delivered test, not with one that fails", async () => {
    const hook = await endpoint();
    hook.status = 410;
    const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
    await side.emit("first");
    await becomes(() => statuses(side), ["held"]);
    const test = async (): Promise<void> => {
      const { engine } = side.now();
      const found = engine.find("hook");
      if (found !== undefined) await engine.test(found);
    };
    await test();
    await becomes(
      () => side.list("hook"),
      [
        { status: "held" },
        { status: "exhausted", attempts: 1, reason: "answered 410 Gone; a test message is sent only once" },
      ],
    );
    hook.status = 204;
    await test();
    await becomes(() => side.health("hook"), { disabled: false, numberOfFailedRequests: 0 });
    expect(await statuses(side)).toEqual(["held", "exhausted", "delivered"]);
  });
});

describe("disabled by request", () => {
  it("holds everything, whatever it was pending for, until it is enabled by request", async () => {
    const hook = await endpoint();
    hook.status = 503;
    const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
    await side.emit("first");
    await becomes(() => side.list("hook"), [{ status: "pending", attempts: 1 }]);
    const { engine, outbox } = side.now();
    const found = engine.find("hook");
    if (found === undefined) throw new Error("there is no hook");
    const control = { engine, outbox, clock: side.clock };
    await disableByRequest(control, found, "maintenance until noon");
    expect(await side.list("hook")).toMatchObject([{ status: "held", reason: "maintenance until noon" }]);
    expect(await side.health("hook")).toMatchObject({
      disabled: true,
      cause: "request",
      reason: "maintenance until noon",
    });
    hook.status = 200;
    await side.clock.advance(100 * HOUR);
    await side.emit("second");
    expect([hook.requests, await statuses(side)]).toEqual([1, ["held", "held"]]);
    await enableByRequest(control, found);
    await side.emit("third");
    await becomes(() => statuses(side), ["held", "held", "delivered"]);
  });

  it("neither logs nor counts an attempt of what was concluded before and is due after it", async () => {
    const hook = await endpoint();
    hook.status = 503;
    let [isFull, refused] = [true, false];
    const side = await deliverySide([{ key: "hook", webhook: hook.url, spec: RETRY }], RULES, (outbox) => ({
      ...outbox,
      record: async (results) => {
        refused = isFull;
        if (isFull) throw new Error("the disk is full");
        await outbox.record(results);
      },
    }));
    await side.emit("first");
    await until(() => refused);
    const { engine, outbox } = side.now();
    const found = engine.find("hook");
    if (found === undefined) throw new Error("there is no hook");
    await disableByRequest({ engine, outbox, clock: side.clock }, found, "maintenance");
    isFull = false;
    await side.clock.advance(1000);
    await becomes(() => side.list("hook"), [{ status: "pending", attempts: 1 }]);
    await side.clock.advance(HOUR);
    await becomes(() => side.list("hook"), [{ status: "held", attempts: 1, reason: "maintenance" }]);
    const [held] = await side.list("hook");
    expect((await outbox.delivery(held?.id ?? ""))?.attempts).toMatchObject([{ note: "answered 503" }]);
    expect(await side.health("hook")).toMatchObject({ disabled: true, numberOfFailedRequests: 1 });
    expect(hook.requests).toBe(1);
  });

  it("is not undone by an attempt that was under way and fails, nor by one that arrives", async () => {
    let answer = (_status: number): void => undefined;
    const url = await listen((request, response) => {
      request.resume();
      answer = (status) => void response.writeHead(status).end();
      arrived();
    });
    let arrived = (): void => undefined;
    const side = await deliverySide([{ key: "hook", webhook: url }], RULES);
    for (const status of [503, 200]) {
      const started = new Promise<void>((resolve) => (arrived = resolve));
      await side.emit(`e${status}`);
      await started;
      const { engine, outbox } = side.now();
      const found = engine.find("hook");
      if (found === undefined) throw new Error("there is no hook");
      await disableByRequest({ engine, outbox, clock: side.clock }, found, "maintenance");
      answer(status);
      await becomes(() => side.list("hook", "delivering"), []);
      expect(await side.health("hook")).toMatchObject({ disabled: true, cause: "request" });
      expect((await side.list("hook")).at(-1)?.status).toBe(status === 200 ? "delivered" : "held");
      await enableByRequest({ engine, outbox, clock: side.clock }, found);
    }
  });
});

it("tries a confirmation a few times, and gives it up with the reason", async () => {
  const hook = await endpoint();
  hook.status = 500;
  const side = await deliverySide([{ key: "hook", webhook: hook.url, confirm: true }], {
    ...RULES,
    failures: 10,
  });
  await side.now().engine.confirmNew();
  for (const attempts of [1, 2, 3]) {
    await becomes(() => side.list("hook"), [{ status: "pending", attempts }]);
    await side.clock.advance(HOUR / 4);
    await side.clock.advance(HOUR / 4);
  }
  await becomes(
    () => side.list("hook"),
    [{ status: "exhausted", attempts: 4, reason: "answered 500; a confirmation is tried 4 times" }],
  );
});

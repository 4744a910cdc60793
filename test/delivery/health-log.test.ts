/** What the log says of an integration's health: every change once, with its cause. */
import { expect, it } from "vitest";
import { disableByRequest, enableByRequest } from "../../src/delivery/control.ts";
import { becomes, deliverySide } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const HOUR = 3_600_000;
const RULES = { failures: 4, afterMs: HOUR, probeMs: HOUR };
const MINUTES = Array.from({ length: 5 }, () => "30m");
const RETRY = { retry: { schedule: ["0s", ...MINUTES] } };
const MESSAGES = ["failing", "fails no more", "disabled", "enabled again"];

async function sideThatAnswers(status: number): Promise<{ side: Side; answer: (status: number) => void }> {
  let current = status;
  const webhook = await listen((request, response) => {
    request.resume().on("end", () => response.writeHead(current).end());
  });
  const side = await deliverySide([{ key: "hook", webhook, spec: RETRY }], RULES);
  return { side, answer: (next) => void (current = next) };
}

const said = (side: Side): readonly (readonly unknown[])[] =>
  side.said(...MESSAGES).map(({ level, msg, integration, cause, percent }) => {
    expect(integration).toBe("hook");
    return [level, msg, cause ?? percent];
  });

function found(side: Side) {
  const { engine, outbox } = side.now();
  const endpoint = engine.find("hook");
  if (endpoint === undefined) throw new Error("there is no hook");
  return { endpoint, control: { engine, outbox, clock: side.clock } };
}

it("warns at each stage, when failures disable it, and says that a probe brought it back", async () => {
  const { side, answer } = await sideThatAnswers(503);
  await side.emit("first");
  for (const failures of [1, 2, 3]) {
    await becomes(() => side.health("hook"), { numberOfFailedRequests: failures, disabled: false });
    await side.clock.advance(40 * 60_000);
  }
  await becomes(() => side.health("hook"), { disabled: true });
  await side.clock.advance(HOUR + 60_000);
  await becomes(() => side.list("hook"), [{ status: "held", attempts: 5 }]);
  answer(200);
  await side.clock.advance(3 * HOUR);
  await becomes(() => side.health("hook"), { disabled: false });
  expect(said(side)).toEqual([
    ["warn", "failing", 50],
    ["warn", "failing", 75],
    ["warn", "disabled", "failures"],
    ["info", "enabled again", "probe"],
  ]);
  expect(side.said("disabled")).toMatchObject([
    { reason: expect.stringMatching(/^4 requests failed in a row since .*; the last: answered 503$/) },
  ]);
});

it("says that it fails no more, when that came to nothing", async () => {
  const { side, answer } = await sideThatAnswers(503);
  await side.emit("first");
  for (const failures of [1, 2]) {
    await becomes(() => side.health("hook"), { numberOfFailedRequests: failures });
    if (failures === 2) answer(200);
    await side.clock.advance(40 * 60_000);
  }
  await becomes(() => side.list("hook"), [{ status: "delivered" }]);
  expect(said(side)).toEqual([
    ["warn", "failing", 50],
    ["info", "fails no more", "schedule"],
  ]);
});

it("warns of an endpoint that is gone, and says that a test brought it back", async () => {
  const { side, answer } = await sideThatAnswers(410);
  await side.emit("first");
  await becomes(() => side.list("hook"), [{ status: "held" }]);
  answer(200);
  await side.now().engine.test(found(side).endpoint);
  await becomes(() => side.health("hook"), { disabled: false });
  expect(said(side)).toEqual([
    ["warn", "disabled", "gone"],
    ["info", "enabled again", "test"],
  ]);
  expect(side.said("disabled")).toMatchObject([{ reason: "answered 410 Gone" }]);
});

it("says what somebody asked for, and what a changed record brings back, once each", async () => {
  const { side } = await sideThatAnswers(200);
  const { control, endpoint } = found(side);
  await disableByRequest(control, endpoint, "maintenance");
  await disableByRequest(control, endpoint, "maintenance");
  await enableByRequest(control, endpoint);
  await enableByRequest(control, endpoint);
  await disableByRequest(control, endpoint, "again");
  await side.clock.advance(HOUR);
  await side.store.write((records) => {
    for (const [index, record] of records.entries())
      records[index] = { ...record, updatedAt: new Date(side.clock.now()).toISOString() };
  });
  await side.now().engine.reload();
  expect(said(side)).toEqual([
    ["warn", "disabled", "request"],
    ["info", "enabled again", "request"],
    ["warn", "disabled", "request"],
    ["info", "enabled again", "change"],
  ]);
  expect(side.said("disabled").map(({ reason }) => reason)).toEqual(["maintenance", "again"]);
});

/** What happens to an integration while one of its held deliveries is being tried. */
import { expect, it, onTestFinished } from "vitest";
import { createDeliveryHttp } from "../../src/app/delivery-http.ts";
import { attemptContext } from "../../src/app/delivery.ts";
import { makeAttempt } from "../../src/delivery/attempt.ts";
import type { Attempted } from "../../src/delivery/attempt.ts";
import { disableByRequest } from "../../src/delivery/control.ts";
import { disable } from "../../src/delivery/health.ts";
import { deliverySide } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { createLog } from "../../src/lib/log.ts";
import { LOOPBACK } from "../support/loopback.ts";
import { listen } from "../support/receiver.ts";

const RULES = { failures: 20, afterMs: 86_400_000, probeMs: 3_600_000 };

/** An integration that is disabled and recovered, and one held delivery of it that has been taken for sending. */
async function taken(): Promise<{
  readonly side: Side;
  readonly received: () => number;
  readonly attempt: (owed?: () => Promise<number>) => Promise<Attempted>;
}> {
  let received = 0;
  const url = await listen((request, response) => {
    received += 1;
    request.resume().on("end", () => response.writeHead(200).end());
  });
  const side = await deliverySide([{ key: "hook", webhook: url }], RULES);
  const { engine, outbox } = side.now();
  const clock = side.clock;
  await engine.change("uid-hook", (health) => disable(health, "gone", "answered 410 Gone", clock.now()));
  await side.emit("first");
  const [held] = await side.list("hook", "held");
  const id = held?.id ?? "";
  const to = { status: "pending", dueAt: clock.now(), trigger: "recover" } as const;
  await outbox.move({ filter: { ids: [id] }, from: ["held"], limit: 1, to });
  const now = clock.now();
  const [claimed] = await outbox.claim({ now, limit: 1, perIntegration: 1, skip: [], only: [id] });
  if (claimed === undefined) throw new Error("nothing was claimed");
  await engine.change("uid-hook", (health) => ({ ...health, recoverUntil: now }));
  const http = createDeliveryHttp(LOOPBACK);
  onTestFinished(() => http.close());
  const context = attemptContext({ engine, outbox, rules: RULES, clock, http });
  const abort = new AbortController().signal;
  const log = createLog({ level: "silent", pretty: false, write: () => undefined });
  return {
    side,
    received: () => received,
    attempt: (owed = () => Promise.resolve(1)) => makeAttempt(claimed, { ...context, owed, log, abort }),
  };
}

it("holds nothing more once its first success is there, while that is still being concluded", async () => {
  const { side, attempt } = await taken();
  const { result } = await attempt(async () => {
    await side.clock.advance(50);
    await side.emit("late");
    return 2;
  });
  expect(result?.health).toMatchObject({ disabled: false, recoverUntil: expect.any(Number) });
  expect(await side.list("hook", "held")).toEqual([]);
  const late = (await side.list("hook")).find(({ eventId }) => eventId === "late");
  expect(late).toMatchObject({ trigger: "schedule" });
});

it("sends nothing of a recovery that has been taken up when somebody disables the integration", async () => {
  const { side, attempt, received } = await taken();
  const { engine, outbox } = side.now();
  const endpoint = engine.find("hook");
  if (endpoint === undefined) throw new Error("there is no hook");
  await disableByRequest({ engine, outbox, clock: side.clock }, endpoint, "maintenance");
  const { result, release } = await attempt();
  expect(result).toBeUndefined();
  expect(release?.to).toEqual({ status: "held", reason: "maintenance" });
  expect(received()).toBe(0);
});

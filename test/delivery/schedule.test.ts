import { describe, expect, it } from "vitest";
import { DEFAULT_DISABLE } from "../../src/model/config.ts";
import { becomes, deliverySide, START } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

describe("an integration's own schedule", () => {
  it("holds for the first attempt as for the others, after a restart too", async () => {
    const tried: number[] = [];
    const webhook = await listen((_request, response) => {
      tried.push(side.clock.now() - START);
      response.writeHead(tried.length === 1 ? 503 : 200).end();
    });
    const spec = { retry: { schedule: ["1h", "2h"] } };
    const side = await deliverySide([{ key: "late", webhook, spec }], DEFAULT_DISABLE);
    await side.emit("e1");
    const [pending] = await side.list("late", "pending");
    expect(pending?.nextAttemptAt).toBeGreaterThanOrEqual(START + 3_600_000);
    expect(pending?.attempts).toBe(0);
    await side.restart();
    await side.clock.advance(3_599_000 - (side.clock.now() - START));
    side.now().wake();
    expect(
      await side.now().outbox.claim({ now: side.clock.now(), limit: 1, perIntegration: 1, skip: [] }),
    ).toEqual([]);
    expect(tried).toEqual([]);
    await side.clock.advance(2000);
    side.now().wake();
    await becomes(() => side.list("late"), [{ status: "pending", attempts: 1 }]);
    expect(tried[0]).toBeGreaterThanOrEqual(3_600_000);
    await side.clock.advance(7_300_000);
    side.now().wake();
    await becomes(() => side.list("late"), [{ status: "delivered", attempts: 2 }]);
    expect((tried[1] ?? 0) - (tried[0] ?? 0)).toBeGreaterThanOrEqual(7_199_000);
  });
  it("does not keep a confirmation waiting", async () => {
    const webhook = await listen((_request, response) => void response.end());
    const spec = { retry: { schedule: ["1h", "2h"] } };
    const side = await deliverySide([{ key: "late", webhook, spec, confirm: true }], DEFAULT_DISABLE);
    await side.now().engine.confirmNew();
    await becomes(() => side.list("late"), [{ status: "delivered", eventType: "bellhop:confirm" }]);
  });
});

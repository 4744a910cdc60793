import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRecorder } from "../../src/delivery/recorder.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import type { Outbox } from "../../src/outbox/contract.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const log = createLog({ level: "silent", pretty: false, write: () => undefined });

describe("the recorder", () => {
  it("stops trying when the patience of a stop is over, so that the process can end", async () => {
    let tries = 0;
    const outbox: Pick<Outbox, "record" | "release"> = {
      record: () => Promise.resolve(),
      release: () => {
        tries += 1;
        return Promise.reject(new Error("the disk is full"));
      },
    };
    const recorder = createRecorder(outbox, log, systemClock, () => undefined);
    recorder.giveBack({ deliveryId: "D1" });
    const settled = recorder.settle(5000);
    await vi.advanceTimersByTimeAsync(5500);
    await vi.advanceTimersByTimeAsync(1000);
    await settled;
    expect(tries).toBeGreaterThan(1);
    const triesAtTheEnd = tries;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([tries, vi.getTimerCount()]).toEqual([triesAtTheEnd, 0]);
  });

  it("records nothing again because something else could not be given back", async () => {
    const recorded: string[] = [];
    const told: string[] = [];
    let refusals = 1;
    const outbox: Pick<Outbox, "record" | "release"> = {
      record: async (results) => void recorded.push(...results.map(({ attempt }) => attempt.deliveryId)),
      release: async () => {
        refusals -= 1;
        if (refusals >= 0) throw new Error("the disk is full");
      },
    };
    const recorder = createRecorder(outbox, log, systemClock, (results, releases) =>
      told.push(
        ...results.map(({ attempt }) => attempt.deliveryId),
        ...releases.map(({ deliveryId }) => deliveryId),
      ),
    );
    recorder.add({
      status: "delivered",
      attempt: {
        deliveryId: "D1",
        number: 1,
        trigger: "schedule",
        startedAt: 0,
        durationMs: 1,
        timings: { totalMs: 1 },
        request: { method: "POST", url: "https://example.com", headers: [], body: "" },
        outcome: "delivered",
      },
    });
    recorder.giveBack({ deliveryId: "D2" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(recorded).toEqual(["D1"]);
    expect(told).toEqual(["D1", "D2"]);
    expect(recorder.waiting()).toBe(0);
  });

  it("gives nothing back that was claimed again, because the outbox had given it back after all", async () => {
    const released: string[][] = [];
    const outbox: Pick<Outbox, "record" | "release"> = {
      record: () => Promise.resolve(),
      release: async (releases) => {
        released.push(releases.map(({ deliveryId }) => deliveryId));
        if (released.length === 1) throw new Error("flushing failed");
      },
    };
    const recorder = createRecorder(outbox, log, systemClock, () => undefined);
    recorder.giveBack({ deliveryId: "D1" });
    recorder.giveBack({ deliveryId: "D2" });
    await vi.advanceTimersByTimeAsync(10);
    expect(recorder.claimedAgain(["D1", "D3"])).toEqual(["D1"]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(released).toEqual([["D1", "D2"], ["D2"]]);
    expect(recorder.claimedAgain(["D2"])).toEqual([]);
  });
});

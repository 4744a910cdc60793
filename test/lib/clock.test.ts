import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the system's clock", () => {
  it("runs something once, later, unless it is cancelled", async () => {
    const ran: string[] = [];
    systemClock.after(100, () => ran.push("kept"));
    systemClock.after(50, () => ran.push("cancelled"))();
    await vi.advanceTimersByTimeAsync(99);
    expect(ran).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ran).toEqual(["kept"]);
  });

  it("does not take a wait that is too long for a timer as none", async () => {
    let ran = 0;
    systemClock.after(60 * 24 * 3600 * 1000, () => (ran += 1));
    await vi.advanceTimersByTimeAsync(24 * 3600 * 1000);
    expect(ran).toBe(0);
  });
});

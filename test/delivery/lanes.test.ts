import { describe, expect, it } from "vitest";
import { createLanes } from "../../src/delivery/lanes.ts";
import type { Flight, Lanes } from "../../src/delivery/lanes.ts";
import { manualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";

interface Side {
  readonly clock: ManualClock;
  readonly lanes: Lanes;
  readonly grown: string[];
  /** Starts as many as may. */
  readonly fill: (uid: string, options?: { isRetry?: boolean; atMost?: number }) => Flight[];
  /** One quick answer, `times` times. */
  readonly answer: (uid: string, how: "delivered" | "failed", times?: number) => void;
}

function side(options: { main?: number; slow?: number; taken?: () => number } = {}): Side {
  const clock = manualClock(0);
  const grown: string[] = [];
  const lanes = createLanes({
    clock,
    main: options.main ?? 16,
    slow: options.slow ?? 8,
    perIntegration: 8,
    taken: options.taken ?? (() => 0),
    onSlow: (uid) => grown.push(uid),
  });
  return {
    clock,
    lanes,
    grown,
    fill: (uid, { isRetry = false, atMost = 1000 } = {}) => {
      const flights: Flight[] = [];
      while (flights.length < atMost && lanes.mayStart(uid, isRetry)) flights.push(lanes.start(uid, isRetry));
      return flights;
    },
    answer: (uid, how, times = 1) => {
      for (let n = 0; n < times; n += 1) lanes.end(lanes.start(uid, false), how);
    },
  };
}

describe("the window of an integration", () => {
  it("begins with one place, grows with each success and is one again after a failure", () => {
    const { fill, answer, lanes } = side();
    const sizes = [1, 2, 3].map((successes) => {
      const flights = fill("a");
      for (const flight of flights) lanes.end(flight, "cut");
      answer("a", "delivered", successes);
      return flights.length;
    });
    expect(sizes).toEqual([1, 2, 4]);
    answer("a", "delivered", 100);
    const most = fill("a");
    expect(most).toHaveLength(8);
    for (const flight of most) lanes.end(flight, "cut");
    answer("a", "failed");
    expect(fill("a")).toHaveLength(1);
  });

  it("wants little at hand of one that is new, failing or slow, and nothing of one that hangs", () => {
    const { clock, fill, answer, lanes } = side();
    expect(lanes.appetite("new")).toBe(2);
    answer("good", "delivered", 10);
    expect(lanes.appetite("good")).toBe(16);
    answer("failing", "delivered", 10);
    answer("failing", "failed");
    expect(lanes.appetite("failing")).toBe(2);
    fill("hangs");
    clock.goTo(1000);
    expect(lanes.appetite("hangs")).toBe(0);
  });
});

describe("the lanes", () => {
  it("move what takes longer than a second out of the way, so that quick ones have all places again", () => {
    const { clock, fill, answer, grown } = side({ main: 4, slow: 8 });
    answer("good", "delivered", 8);
    for (const uid of ["h1", "h2", "h3"]) fill(uid);
    expect(fill("good")).toHaveLength(2);
    clock.goTo(999);
    expect(fill("good")).toHaveLength(0);
    clock.goTo(1000);
    expect(grown.toSorted()).toEqual(["good", "good", "h1", "h2"]);
    answer("better", "delivered", 8);
    expect(fill("better")).toHaveLength(4);
  });

  it("leave half of the places to integrations that are known to answer", () => {
    const { fill, answer } = side({ main: 16 });
    answer("good", "delivered", 8);
    const unknown = Array.from({ length: 20 }, (_item, n) => fill(`new-${n}`).length);
    expect(unknown.reduce((sum, one) => sum + one)).toBe(8);
    expect(fill("good")).toHaveLength(8);
  });

  it("keep places for first attempts when there are many retries", () => {
    const { fill, answer } = side({ main: 16 });
    for (const uid of ["a", "b", "c"]) answer(uid, "delivered", 8);
    expect(fill("a", { isRetry: true })).toHaveLength(8);
    expect(fill("b", { isRetry: true })).toHaveLength(4);
    expect(fill("c")).toHaveLength(4);
  });

  it("give a slow integration a place of its own, and a second one only while there are plenty", () => {
    const { clock, fill, answer, lanes } = side({ main: 16, slow: 4 });
    for (const uid of ["a", "b", "c", "d"]) {
      answer(uid, "delivered", 8);
      const [flight] = fill(uid, { atMost: 1 });
      clock.goTo(clock.now() + 1000);
      if (flight !== undefined) lanes.end(flight, "delivered");
    }
    expect(["a", "b", "c", "d"].map((uid) => fill(uid).length)).toEqual([2, 1, 1, 0]);
  });

  it("let one that answers quickly again back", () => {
    const { clock, fill, answer, lanes } = side();
    answer("a", "delivered", 8);
    const flights = fill("a");
    clock.goTo(1000);
    for (const flight of flights) lanes.end(flight, "failed");
    const [again] = fill("a");
    expect(again?.lane).toBe("slow");
    if (again !== undefined) lanes.end(again, "delivered");
    expect(fill("a").map(({ lane }) => lane)).toEqual(["main", "main"]);
  });

  it("bound what is under way, however many endpoints hang", () => {
    const { clock, fill, answer } = side({ main: 16, slow: 8 });
    let started = 0;
    for (let round = 0; round < 10; round += 1) {
      for (let n = 0; n < 100; n += 1) started += fill(`${round}-${n}`).length;
      clock.goTo(clock.now() + 1000);
    }
    expect(started).toBeLessThanOrEqual(24);
    answer("good", "delivered");
    expect(fill("good").length).toBeGreaterThan(0);
  });

  it("count what was answered and is not durable yet", () => {
    let taken = 15;
    const { fill, answer } = side({ main: 16, taken: () => taken });
    answer("a", "delivered", 8);
    expect(fill("a")).toHaveLength(1);
    taken = 16;
    expect(fill("b")).toHaveLength(0);
  });
});

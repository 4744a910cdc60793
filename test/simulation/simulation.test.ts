/** A short form of `npm run sim`. */
import { describe, expect, it } from "vitest";
import { simulate } from "./simulate.ts";
import type { Report } from "./simulate.ts";
import { makeWorld } from "./world.ts";

const SEEDS = Array.from({ length: 50 }, (_item, index) => index + 1);

describe("thirty simulated days", () => {
  it.each(SEEDS)("keep every promise (npm run sim -- --seed %i --trace)", async (seed) => {
    const { violations } = await simulate(seed, 30);
    expect(violations).toEqual([]);
  });

  it("are the same for the same seed, to the last request, and others for another", async () => {
    const [once, again, other] = [await simulate(7, 30), await simulate(7, 30), await simulate(8, 30)];
    expect(again).toEqual(once);
    expect(other.hash).not.toBe(once.hash);
  });

  it("hold what the promises are about: crashes, full disks, refusals, hanging receivers, changes", async () => {
    const worlds = SEEDS.map((seed) => makeWorld(seed, 30));
    const moods = worlds.flatMap(({ receivers }) =>
      receivers.flatMap((one) => one.moods.map(({ mood }) => mood.is)),
    );
    const happenings = worlds.flatMap((world) => world.happenings.map(({ is }) => is));
    expect(new Set(moods)).toEqual(
      new Set(["broken", "hangs", "refuses", "drags", "limits", "gone", "invalid"]),
    );
    expect(happenings).toEqual(
      expect.arrayContaining(["events", "crash", "restart", "change", "remove", "add", "touch", "test"]),
    );
    expect(worlds.some(({ diskFull }) => diskFull.length > 0)).toBe(true);
    expect(worlds.some(({ noDns }) => noDns.length > 0)).toBe(true);
    const reports: Report[] = [];
    for (const seed of SEEDS.slice(0, 20)) reports.push(await simulate(seed, 30));
    const sum = (of: (report: Report) => number): number =>
      reports.reduce((total, one) => total + of(one), 0);
    expect(sum(({ crashes }) => crashes)).toBeGreaterThan(20);
    expect(sum(({ repeated }) => repeated)).toBeGreaterThan(0);
    expect(sum(({ requests }) => requests)).toBeGreaterThan(sum(({ events }) => events));
  });
});

/** The short form of `npm run chaos:apply`: 25 points spread over an apply of 50 changes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { runPool } from "../../src/lib/pool.ts";
import type { Ground } from "../../scripts/chaos/crash.ts";
import { prepareGround } from "../../scripts/chaos/crash.ts";

const POINTS = 25;
let ground: Ground;

beforeAll(async () => {
  ground = await prepareGround("file");
}, 120_000);
afterAll(() => ground.close());

test("an apply that is killed anywhere, or loses an answer, is put right by one more", async () => {
  const { points } = ground;
  expect(points.length).toBeGreaterThan(200);
  const chosen = Array.from(
    { length: POINTS },
    (_, index) => points[Math.floor(((index + 0.5) * points.length) / POINTS)],
  );
  const wrong: string[] = [];
  let reached = 0;
  await runPool(
    chosen.filter((point) => point !== undefined),
    3,
    async (point) => {
      const crash = await ground.crashAt(point);
      if (crash.reached) reached += 1;
      wrong.push(...crash.wrong.map((what) => `${point.type}:${point.at}: ${what}`));
    },
  );
  expect(wrong).toEqual([]);
  expect(reached).toBeGreaterThan(POINTS / 2);
}, 300_000);

import { expect, test } from "vitest";
import { runPool } from "../../src/lib/pool.ts";

test.for([1, 3, Number.POSITIVE_INFINITY])(
  "at most %d at once, everything once, started in order",
  async (limit) => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await runPool([0, 1, 2, 3, 4, 5, 6], limit, async (item) => {
      started.push(item);
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(Math.min(limit, 7));
  },
);

test("a task that fails fails the pool, after the others have finished", async () => {
  const done: number[] = [];
  const run = runPool([1, 2, 3], 2, async (item) => {
    if (item === 1) throw new Error("one");
    await new Promise((resolve) => setImmediate(resolve));
    done.push(item);
  });
  await expect(run).rejects.toThrow("one");
  expect(done).toEqual([2, 3]);
});

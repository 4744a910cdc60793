/**
 * `npm run chaos:apply`: ends an apply of 50 changes at every point, before and after every request and every step that writes a file
 * (and in the middle of every write), and loses every answer once; after each, one more apply must leave no duplicate, no orphan
 * and a readable state. `-- --every 10` takes every tenth point, `-- --only file:17` one, `-- --only lost` those of a type; `-- --state http` keeps the state at a URL.
 */
import { parseArgs } from "node:util";
import { runPool } from "../../src/lib/pool.ts";
import { prepareGround } from "./crash.ts";
import type { Point } from "./crash.ts";

const spell = ({ type, at }: Point): string => `${type}:${at}`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      every: { type: "string" },
      only: { type: "string" },
      jobs: { type: "string" },
      state: { type: "string" },
    },
  });
  const ground = await prepareGround(values.state === "http" ? "http" : "file");
  const every = Number(values.every ?? 1);
  const chosen = ground.points.filter((point, index) =>
    values.only === undefined ? index % every === 0 : [point.type, spell(point)].includes(values.only),
  );
  let done = 0;
  let reached = 0;
  let failed = 0;
  try {
    await runPool(chosen, Number(values.jobs ?? 4), async (point) => {
      const crash = await ground.crashAt(point).catch((error: unknown) => ({
        reached: true,
        wrong: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
      }));
      done += 1;
      if (crash.reached) reached += 1;
      if (crash.wrong.length > 0) {
        failed += 1;
        process.stderr.write(`${spell(point)} FAILED\n${crash.wrong.join("\n")}\n`);
      } else if (done % 25 === 0) process.stderr.write(`${done} of ${chosen.length}\n`);
    });
  } finally {
    await ground.close();
  }
  const kinds = ["file", "before", "after", "lost"].map(
    (type) => `${chosen.filter((point) => point.type === type).length} ${type}`,
  );
  process.stdout.write(
    `${chosen.length} of ${ground.points.length} points (${kinds.join(", ")}), ${reached} reached: ${failed} left something wrong\n`,
  );
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();

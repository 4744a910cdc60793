/** `npm run sim`: many seeds, on all cores. `--seed N` replays one, and `--trace` prints everything that happens in it. */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { simulate } from "./simulate.ts";
import type { Report } from "./simulate.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000" },
      days: { type: "string", default: "30" },
      seed: { type: "string" },
      /** Only every so many of the seeds, and told to the process that started this one. */
      every: { type: "string" },
      from: { type: "string", default: "1" },
      trace: { type: "boolean", default: false },
    },
  });
  const days = Number(values.days);
  if (values.every !== undefined) {
    for (let seed = Number(values.from); seed <= Number(values.seeds); seed += Number(values.every)) {
      process.send?.(await simulate(seed, days));
    }
    return 0;
  }
  const reports =
    values.seed === undefined
      ? await many(Number(values.seeds), days)
      : [await simulate(Number(values.seed), days, (line) => (values.trace ? console.log(line) : undefined))];
  return tell(reports, days);
}

async function many(seeds: number, days: number): Promise<Report[]> {
  const step = availableParallelism();
  const reports: Report[] = [];
  await Promise.all(
    Array.from({ length: Math.min(step, seeds) }, (_item, index) => {
      const part = { from: index + 1, every: step, seeds, days };
      const child = fork(
        import.meta.filename,
        Object.entries(part).flatMap(([name, value]) => [`--${name}`, String(value)]),
      );
      child.on("message", (report: Report) => reports.push(report));
      return new Promise<void>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`))));
      });
    }),
  );
  return reports.toSorted((a, b) => a.seed - b.seed);
}

function tell(reports: readonly Report[], days: number): number {
  const failed = reports.filter(({ violations }) => violations.length > 0);
  for (const { seed, hash, violations } of failed) {
    console.log(`seed ${seed} (${hash}): ${violations.length} promises broken`);
    for (const violation of violations.slice(0, 5)) console.log(`  ${violation}`);
    console.log(`  replay: npm run sim -- --seed ${seed} --days ${days} --trace`);
  }
  const sum = (of: (report: Report) => number): number => reports.reduce((total, one) => total + of(one), 0);
  const [only] = reports;
  console.table({
    seeds: reports.length,
    days,
    failed: failed.length,
    events: sum(({ events }) => events),
    requests: sum(({ requests }) => requests),
    crashes: sum(({ crashes }) => crashes),
    repeated: sum(({ repeated }) => repeated),
    ...(reports.length === 1 && only !== undefined ? { hash: only.hash } : {}),
  });
  return failed.length === 0 && reports.length > 0 ? 0 : 1;
}

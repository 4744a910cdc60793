/**
 * `npm run chaos -- --kills 500`: kills a daemon under load again and again. Exits 1 when anything was lost, sent more often than
 * was in flight, or said otherwise in the log than at the receivers. `--seed N` repeats the same moments, `--rate N` is events
 * per second, `--integrations N` receivers, and `--faults enospc,fsync` makes the disk fail now and then as well.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCampaign } from "./daemon/campaign.ts";

const FAULTS = ["enospc", "fsync"] as const;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "20" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
      rate: { type: "string", default: "60" },
      integrations: { type: "string", default: "8" },
      faults: { type: "string", default: "" },
    },
  });
  if (!existsSync(path.join(import.meta.dirname, "../../dist/cli.js")))
    throw new Error("dist/ is missing: run npm run build first");
  const asked = values.faults.split(",").filter((name) => name !== "");
  const faults = FAULTS.filter((name) => asked.includes(name));
  const unknown = asked.filter((name) => !FAULTS.some((fault) => fault === name));
  if (unknown.length > 0)
    throw new Error(`--faults takes ${FAULTS.join(" and ")}, not ${unknown.join(", ")}`);
  const { violations, folder, summary } = await runCampaign({
    kills: numberOf("kills", values.kills),
    seed: numberOf("seed", values.seed),
    rate: numberOf("rate", values.rate),
    integrations: numberOf("integrations", values.integrations),
    faults,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${summary}\n`);
  if (violations.length === 0) return 0;
  for (const text of violations.slice(0, 20)) process.stderr.write(`VIOLATION ${text}\n`);
  process.stderr.write(
    `${violations.length} violations; everything is in ${folder} (violations.txt, daemon.log)\n`,
  );
  return 1;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number, not ${text}`);
  return value;
}

process.exitCode = await main();

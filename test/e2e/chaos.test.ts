/** The short form of `npm run chaos`. */
import { expect, test } from "vitest";
import { runCampaign } from "../../scripts/chaos/daemon/campaign.ts";

test("a daemon that is killed 20 times under load loses nothing, and repeats no more than was in flight", async () => {
  const said: string[] = [];
  const { violations, summary } = await runCampaign({
    kills: 20,
    seed: 20,
    rate: 60,
    integrations: 6,
    faults: [],
    say: (line) => said.push(line),
  });
  expect(violations).toEqual([]);
  expect(said).toHaveLength(20);
  expect(summary).toMatch(/^20 kills .*: [1-9]\d+ events, [1-9]\d+ deliveries, 0 lost/);
  expect(summary).toMatch(/[1-9]\d* attempts compared/);
}, 300_000);

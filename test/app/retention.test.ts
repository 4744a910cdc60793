import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startRetention } from "../../src/app/retention.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import type { DaemonConfig } from "../../src/model/config.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { tempDir } from "../support/temp.ts";

test("what is older than the limit of now is removed, and only that", async () => {
  let now = 1_000_000_000_000;
  const path = join(await tempDir(), "bellhop.db");
  const outbox = await openSqliteOutbox({ path, mode: "exclusive", clock: () => now });
  onTestFinished(() => outbox.close());
  const accept = (id: string) =>
    outbox.accept({
      events: [
        {
          event: {
            id,
            type: "t",
            provider: "bellhop",
            time: new Date(now).toISOString(),
            data: {},
            body: {},
          },
          source: "test",
          deliveries: [],
        },
      ],
      rejected: [],
      positions: {},
    });
  const there = async (): Promise<readonly string[]> =>
    (await outbox.events({})).events.map(({ event }) => event.id);

  for (let n = 0; n < 1200; n += 1) await accept(`old-${n}`);
  now += 60_000;
  await accept("new");
  let limits: DaemonConfig["retention"] = {};
  let logged = "";
  const retention = startRetention({
    outbox,
    limits: () => limits,
    clock: { ...systemClock, now: () => now },
    log: createLog({ level: "info", pretty: false, write: (line) => void (logged += line) }),
  });
  onTestFinished(() => retention.stop());
  await retention.stop();
  expect((await there()).length).toBe(50);

  limits = { ageMs: 30_000 };
  const again = startRetention({
    outbox,
    limits: () => limits,
    clock: { ...systemClock, now: () => now },
    log: createLog({ level: "info", pretty: false, write: (line) => void (logged += line) }),
  });
  onTestFinished(() => again.stop());
  await expect.poll(there).toEqual(["new"]);
  await expect.poll(() => logged).toContain('"removed":1200');
});

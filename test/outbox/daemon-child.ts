/**
 * A process to kill: opens the outbox in argv[2] for itself and does what argv[3] says. Prints a line for each thing that was
 * acknowledged.
 */
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { accepted, batchOf, owed } from "../conformance/outbox/fixtures.ts";

const [, , path = "", task] = process.argv;
const outbox = await openSqliteOutbox({ path, mode: "exclusive" });

async function acceptWithoutEnd(lane: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const id = `${lane}-${n}`;
    await outbox.accept(
      batchOf([accepted(id, [owed("a"), owed("b")])], { positions: { [`lane ${lane}`]: n } }),
    );
    process.stdout.write(`${id}\n`);
  }
}

async function claimAndWait(): Promise<void> {
  await outbox.accept(batchOf([accepted("e1", [owed("a")]), accepted("e2", [owed("a")])]));
  const claimed = await outbox.claim({ now: Date.now(), limit: 1, perIntegration: 1, skip: [] });
  process.stdout.write(`${claimed[0]?.delivery.id}\n`);
  setInterval(() => {}, 60_000);
}

if (task === "accept") await Promise.all([0, 1, 2, 3].map(acceptWithoutEnd));
else await claimAndWait();

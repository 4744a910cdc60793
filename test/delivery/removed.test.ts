/** What was owed to integrations that are gone. */
import { expect, it } from "vitest";
import { discardRemoved } from "../../src/delivery/removed.ts";
import { createLog } from "../../src/lib/log.ts";
import { becomes, deliverySide } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const RULES = { failures: 20, afterMs: 3_600_000, probeMs: 3_600_000 };
const log = createLog({ level: "silent", pretty: false, write: () => undefined });

/** `off` is owed one that is held, `later` one that waits for its next attempt. */
async function owing(): Promise<Side> {
  const url = await listen((request, response) => {
    request.resume();
    response.writeHead(request.url === "/off" ? 410 : 503).end();
  });
  const side = await deliverySide(
    ["off", "later"].map((key) => ({ key, webhook: `${url}/${key}` })),
    RULES,
  );
  await side.emit("e1");
  await becomes(() => side.list("off"), [{ status: "held" }]);
  await becomes(() => side.list("later"), [{ status: "pending", attempts: 1 }]);
  return side;
}

const GONE = { status: "discarded", reason: "the integration that asked for it does not exist any more" };

it("is discarded as soon as the store says so, whether it waits or is held", async () => {
  const side = await owing();
  await side.store.write((records) => void records.splice(0, 1));
  await side.now().engine.reload();
  expect(await side.list("off")).toMatchObject([GONE]);
  expect(await side.list("later")).toMatchObject([{ status: "pending" }]);
});

it("is discarded at the next start, when it went while nothing ran", async () => {
  const side = await owing();
  await side.restart(() => side.store.write((records) => void records.splice(0)));
  expect(await side.list("off")).toMatchObject([GONE]);
  expect(await side.list("later")).toMatchObject([GONE]);
});

it("is kept while a store is missing or cannot be read", async () => {
  const side = await owing();
  const { outbox } = side.now();
  const records = await side.store.read();
  const removed = discardRemoved(outbox, log);
  await removed.since([], false);
  expect(await side.list("off")).toMatchObject([{ status: "held" }]);
  await removed.since(records, true);
  await removed.since([], false);
  await removed.since([], true);
  expect(await side.list("off")).toMatchObject([{ status: "held" }]);
  await removed.since(records, true);
  await removed.since(records.slice(1), true);
  expect(await side.list("off")).toMatchObject([GONE]);
  expect(await side.list("later")).toMatchObject([{ status: "pending" }]);
});

/** What was owed to integrations that are gone. */
import { expect, it } from "vitest";
import { discardRemoved } from "../../src/delivery/removed.ts";
import type { Found } from "../../src/delivery/removed.ts";
import { createLog } from "../../src/lib/log.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import type { Outbox } from "../../src/outbox/contract.ts";
import { becomes, deliverySide, until } from "../support/delivery-side.ts";
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

const found = (records: readonly StoreRecord[], more: Partial<Found> = {}): Found => ({
  records,
  left: [],
  complete: true,
  ...more,
});

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
  await removed.since(found([], { complete: false }));
  expect(await side.list("off")).toMatchObject([{ status: "held" }]);
  await removed.since(found(records));
  await removed.since(found([], { left: records.map(({ uid }) => uid) }));
  await removed.since(found([]));
  expect(await side.list("off")).toMatchObject([{ status: "held" }]);
  await removed.since(found(records));
  await removed.since(found(records.slice(1)));
  expect(await side.list("off")).toMatchObject([GONE]);
  expect(await side.list("later")).toMatchObject([{ status: "pending" }]);
});

const removeAll = async (side: Side): Promise<void> => {
  await side.store.write((records) => void records.splice(0));
  await side.now().engine.reload();
};

it("is discarded when an attempt that was under way is concluded after that", async () => {
  let answer = (): void => undefined;
  const url = await listen((request, response) => {
    request.resume();
    answer = () => void response.writeHead(410).end();
  });
  const side = await deliverySide([{ key: "off", webhook: url }], RULES);
  const asked = answer;
  await side.emit("e1");
  await until(() => answer !== asked);
  await removeAll(side);
  expect(await side.list("off")).toMatchObject([{ status: "delivering" }]);
  answer();
  await becomes(() => side.list("off"), [{ ...GONE, attempts: 1 }]);
});

it("is discarded when it is accepted by the routes of before", async () => {
  let accept = (): void => undefined;
  const mayAccept = new Promise<void>((resolve) => (accept = resolve));
  const side = await deliverySide([{ key: "off", webhook: "https://example.com/" }], RULES, (outbox) => ({
    ...outbox,
    accept: async (batch) => {
      await mayAccept;
      return outbox.accept(batch);
    },
  }));
  const { engine } = side.now();
  await engine.change("uid-off", (health) => ({ ...health, disabled: true }));
  const emitted = side.emit("e1");
  await removeAll(side);
  accept();
  await emitted;
  expect(await side.list("off")).toMatchObject([GONE]);
});

it("is discarded at a later reload when the outbox refused it, and the log says whose it was", async () => {
  const side = await owing();
  const { outbox } = side.now();
  let logged = "";
  let refuses = true;
  const removed = discardRemoved(
    {
      ...outbox,
      move: (request) => (refuses ? Promise.reject(new Error("the disk is full")) : outbox.move(request)),
    },
    createLog({ level: "info", pretty: false, write: (line) => void (logged += line) }),
  );
  const records = await side.store.read();
  await removed.since(found(records));
  await removed.since(found(records.slice(1)));
  expect(await side.list("off")).toMatchObject([{ status: "held" }]);
  refuses = false;
  await removed.since(found(records.slice(1)));
  expect(await side.list("off")).toMatchObject([GONE]);
  expect(logged).toContain('"integration":"off"');
});

it("is kept when the integration is back before that", async () => {
  const side = await owing();
  const records = await side.store.read();
  const { outbox } = side.now();
  let refuses = true;
  const move: Outbox["move"] = (request) =>
    refuses ? Promise.reject(new Error("the disk is full")) : outbox.move(request);
  const removed = discardRemoved({ ...outbox, move }, log);
  await removed.since(found(records));
  await removed.since(found(records.slice(1)));
  refuses = false;
  await removed.since(found(records));
  await removed.written(records.map(({ uid }) => uid));
  expect(await side.list("off")).toMatchObject([{ status: "held" }]);
});

it("is discarded though another store could not be read when it went", async () => {
  const side = await owing();
  const records = await side.store.read();
  const removed = discardRemoved(side.now().outbox, log);
  await removed.since(found(records));
  await removed.since(found(records.slice(1), { complete: false }));
  expect(await side.list("off")).toMatchObject([GONE]);
});

it("is no reason to discard what comes once the integration is back", async () => {
  let write = (): void => undefined;
  let waits = false;
  const mayWrite = new Promise<void>((resolve) => (write = resolve));
  const side = await deliverySide([{ key: "off", webhook: "https://example.com/" }], RULES, (outbox) => ({
    ...outbox,
    setHealth: async (health) => {
      if (waits) await mayWrite;
      return outbox.setHealth(health);
    },
  }));
  const { engine } = side.now();
  const disabledAt = Date.parse("2026-11-20T00:00:00.000Z");
  await engine.change("uid-off", (health) => ({ ...health, disabled: true, disabledAt }));
  const [record] = await side.store.read();
  if (record === undefined) throw new Error("there is one");
  await removeAll(side);
  await side.store.write(
    (records) => void records.push({ ...record, updatedAt: "2026-11-20T11:00:00.000Z" }),
  );
  waits = true;
  const reloaded = side.now().engine.reload();
  await until(() => engine.routes().endpoints.has("uid-off"));
  await side.emit("e1");
  write();
  await reloaded;
  const [delivery] = await side.list("off");
  expect(delivery?.status).not.toBe("discarded");
});

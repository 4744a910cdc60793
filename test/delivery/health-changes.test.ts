/** What becomes of a change of health that the outbox refuses. */
import { describe, expect, it } from "vitest";
import { createHealthChanges } from "../../src/delivery/health-changes.ts";
import { afterFailure, createHealthBook, disable, withoutRecovery } from "../../src/delivery/health.ts";
import { disableByRequest } from "../../src/delivery/control.ts";
import type { Health } from "../../src/model/delivery.ts";
import type { Outbox } from "../../src/outbox/contract.ts";
import { becomes, deliverySide } from "../support/delivery-side.ts";
import { memoryOutbox } from "../support/memory-outbox.ts";
import { listen } from "../support/receiver.ts";

const RULES = { failures: 20, afterMs: 86_400_000, probeMs: 3_600_000 };
const off = (health: Health): Health => disable(health, "request", "maintenance", 1000);
const failed = (health: Health): Health =>
  afterFailure(health, { at: 1500, note: "answered 503", trigger: "schedule" }, RULES);

/** An outbox that holds every write of a health back until it is told what becomes of it. */
function held() {
  const kept = memoryOutbox({ now: () => 1000 });
  const asked: { readonly health: Health; readonly answer: (isTaken: boolean) => Promise<void> }[] = [];
  const book = createHealthBook([]);
  const setHealth: Outbox["setHealth"] = (health) =>
    new Promise((resolve, reject) => {
      asked.push({
        health,
        answer: async (isTaken) => {
          if (isTaken) await kept.setHealth(health);
          if (isTaken) resolve();
          else reject(new Error("the disk is full"));
        },
      });
    });
  const changes = createHealthChanges({ setHealth }, book);
  return { kept, asked, book, changes };
}

describe("a change of health that the outbox refuses", () => {
  it("is taken back", async () => {
    const { kept, asked, book, changes } = held();
    const change = changes.change("a", off);
    expect(book.of("a").disabled).toBe(true);
    await asked[0]?.answer(false);
    await expect(change).rejects.toThrow("the disk is full");
    expect(book.of("a").disabled).toBe(false);
    expect(book.special()).toEqual([]);
    expect(await kept.health("a")).toBeUndefined();
  });

  it("stays when an attempt has built upon it, and is written when the outbox takes writes again", async () => {
    const { kept, asked, book, changes } = held();
    const change = changes.change("a", off);
    const built = failed(book.of("a"));
    book.set(built);
    await asked[0]?.answer(false);
    await expect(change).rejects.toThrow("the disk is full");
    expect(book.of("a")).toBe(built);
    expect(book.isCurrent(built)).toBe(true);
    const caughtUp = changes.catchUp();
    await asked[1]?.answer(true);
    await caughtUp;
    expect(await kept.health("a")).toEqual(built);
  });

  it("keeps what an attempt led to before it, though that was recorded without its health meanwhile", async () => {
    const { kept, asked, book, changes } = held();
    const before = failed(book.of("a"));
    book.set(before);
    const change = changes.change("a", off);
    expect(book.isCurrent(before)).toBe(false);
    await asked[0]?.answer(false);
    await expect(change).rejects.toThrow("the disk is full");
    expect(book.of("a")).toBe(before);
    const refusedAgain = changes.catchUp();
    await asked[1]?.answer(false);
    await refusedAgain;
    const caughtUp = changes.catchUp();
    await asked[2]?.answer(true);
    await caughtUp;
    await changes.catchUp();
    expect([await kept.health("a"), asked.length]).toEqual([before, 3]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])(
    "goes back to what was there before two that overlap (%d, then %d is refused)",
    async (first, second) => {
      const { asked, book, changes } = held();
      const both = [
        changes.change("a", off),
        changes.change("a", (health) => ({ ...health, recoverUntil: 5 })),
      ].map((change) => change.catch((error: unknown) => String(error)));
      await asked[first]?.answer(false);
      await both[first];
      await asked[second]?.answer(false);
      expect(await Promise.all(both)).toEqual(["Error: the disk is full", "Error: the disk is full"]);
      expect(book.of("a")).toMatchObject({ disabled: false });
      expect(book.of("a").recoverUntil).toBeUndefined();
    },
  );

  it("leaves what a later change made of it", async () => {
    const { kept, asked, book, changes } = held();
    const first = changes.change("a", off).catch((error: unknown) => String(error));
    const second = changes.change("a", withoutRecovery);
    await asked[0]?.answer(false);
    await asked[1]?.answer(true);
    expect(await first).toBe("Error: the disk is full");
    expect(await kept.health("a")).toEqual(await second);
    expect(book.of("a")).toMatchObject({ disabled: true, reason: "maintenance" });
  });
});

it("goes on sending to an integration that could not be disabled, and disables it when it is asked again", async () => {
  let requests = 0;
  const url = await listen((request, response) => {
    requests += 1;
    request.resume().on("end", () => response.writeHead(200).end());
  });
  let refusals = 1;
  const side = await deliverySide([{ key: "hook", webhook: url }], RULES, (outbox) => ({
    ...outbox,
    setHealth: (health) => {
      refusals -= 1;
      return refusals >= 0 ? Promise.reject(new Error("the disk is full")) : outbox.setHealth(health);
    },
  }));
  const { engine, outbox } = side.now();
  const found = engine.find("hook");
  if (found === undefined) throw new Error("there is no hook");
  const control = { engine, outbox, clock: side.clock };
  await expect(disableByRequest(control, found, "maintenance")).rejects.toThrow("the disk is full");
  await side.emit("first");
  await becomes(() => side.list("hook"), [{ status: "delivered" }]);
  expect(engine.health.of("uid-hook")).toEqual(await side.health("hook"));
  await disableByRequest(control, found, "maintenance");
  await side.emit("second");
  expect(await side.list("hook", "held")).toMatchObject([{ reason: "maintenance" }]);
  expect(requests).toBe(1);
});

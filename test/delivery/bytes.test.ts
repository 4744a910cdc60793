/** What is at hand is bounded in bytes, and those that hang leave half of them to the others: a real outbox and receivers. */
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { BYTES_AT_HAND } from "../../src/delivery/hand.ts";
import { BYTES_PER_CLAIM } from "../../src/delivery/shares.ts";
import { DEFAULT_DISABLE } from "../../src/model/config.ts";
import { deliverySide, until } from "../support/delivery-side.ts";
import type { Integration, Side } from "../support/delivery-side.ts";

/** With what else is stored of an event, 4 MiB at most. */
const LARGE = 4 * 1024 * 1024 - 1024;
const MOST_LARGE = BYTES_AT_HAND / (4 * 1024 * 1024);

interface Receivers {
  readonly url: string;
  /** Requests by path. */
  readonly got: ReadonlyMap<string, number>;
  readonly open: () => number;
  /** The most that were kept waiting at once. */
  readonly mostOpen: () => number;
  /** Answers what is kept waiting, and keeps nothing waiting any more. */
  readonly answerAll: () => void;
}

/** Keeps what comes to `/hangs…` waiting. */
async function receivers(): Promise<Receivers> {
  const open = new Set<ServerResponse>();
  const got = new Map<string, number>();
  let [most, isFree] = [0, false];
  const server = createServer((request, response) => {
    const { url = "" } = request;
    request.resume();
    request.on("end", () => {
      got.set(url, (got.get(url) ?? 0) + 1);
      if (isFree || !url.startsWith("/hangs")) return void response.end();
      open.add(response);
      most = Math.max(most, open.size);
    });
    response.on("close", () => open.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    got,
    open: () => open.size,
    mostOpen: () => most,
    answerAll: () => {
      isFree = true;
      for (const response of open) response.end();
    },
  };
}

const emitLarge = (side: Side, id: string, length = LARGE): Promise<unknown> =>
  side.emit(id, "com.example.large", { data: { text: "x".repeat(length) } });

/** How many of the large ones are claimed and not done with. */
async function atHand(side: Side): Promise<number> {
  const { outbox } = side.now();
  return outbox.count({ status: ["delivering"], event: "com.example.large" });
}

describe("bytes at hand", () => {
  it("are bounded, however many large events wait for endpoints that hang, and a good one gets all of its own", async () => {
    const { url, got, open, mostOpen, answerAll } = await receivers();
    const hanging = Array.from({ length: 12 }, (_, n): Integration => ({
      key: `hangs-${n}`,
      webhook: `${url}/hangs-${n}`,
      spec: { events: ["com.example.large"], timeout: "30s" },
    }));
    const good = { key: "good", webhook: `${url}/good`, spec: { events: ["com.example.small"] } };
    const side = await deliverySide([...hanging, good], DEFAULT_DISABLE);
    await side.emit("first", "com.example.small");
    await until(() => got.get("/good") === 1);
    for (const id of ["a", "b", "c"]) await emitLarge(side, id);
    let most = 0;
    const sample = async (): Promise<void> => void (most = Math.max(most, await atHand(side)));
    await until(async () => {
      await sample();
      return open() === MOST_LARGE / 2;
    });
    for (let n = 0; n < 60; n += 1) await side.emit(`small-${n}`, "com.example.small");
    await until(async () => {
      await sample();
      return got.get("/good") === 61;
    });
    expect(most).toBeLessThanOrEqual(MOST_LARGE / 2);
    expect(mostOpen()).toBeLessThanOrEqual(MOST_LARGE / 2);
    answerAll();
    await until(async () => {
      await sample();
      return (await side.now().outbox.count({ status: ["delivered"], event: "com.example.large" })) === 36;
    });
    expect(most).toBeLessThanOrEqual(MOST_LARGE);
    expect([...got.values()].reduce((sum, one) => sum + one)).toBe(36 + 61);
  });

  it("let through what is larger than any bound, one after the other", async () => {
    const { url, got } = await receivers();
    const side = await deliverySide([{ key: "good", webhook: `${url}/good` }], DEFAULT_DISABLE);
    for (const id of ["a", "b", "c"]) await emitLarge(side, id, BYTES_PER_CLAIM + 1);
    await side.emit("last");
    await until(async () => (await side.list("good", "delivered")).length === 4);
    expect(got.get("/good")).toBe(4);
  });
});

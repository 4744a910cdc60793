/** The delivery side over a real outbox and real receivers. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { attemptContext } from "../../src/app/delivery.ts";
import { createDeliveryHttp } from "../../src/app/delivery-http.ts";
import { openEngine } from "../../src/delivery/engine.ts";
import type { Settled } from "../../src/delivery/report.ts";
import { startWorker } from "../../src/delivery/worker.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { providers } from "../../src/generated/registry.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import { DEFAULT_DISABLE } from "../../src/model/config.ts";
import { Secret } from "../../src/model/secret.ts";
import { concealWith } from "../../src/model/conceal.ts";
import type { DeliveryFilter, Outbox } from "../../src/outbox/contract.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { openFileStore } from "../../src/store/file.ts";
import { LOOPBACK } from "../support/loopback.ts";

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

async function receiver(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => answer(request, body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () => void server.close(),
    () => server.closeAllConnections(),
  );
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

/** A whole delivery side; `webhooks` become integrations `i0`, `i1`, … that take every event. */
async function setup(
  webhooks: readonly string[],
  options: { now?: () => number; spec?: object; wrap?: (outbox: Outbox) => Outbox } = {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), "bellhop-worker-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const conceal = concealWith(Object.fromEntries(kindSpecs.map((spec) => [spec.kind, spec])));
  const store = openFileStore({ file: path.join(folder, "store.json"), conceal });
  await store.write((records) =>
    webhooks.forEach((webhook, index) =>
      records.push({
        uid: `uid-${index}`,
        kind: "bellhop/integration",
        scope: "",
        id: `i${index}`,
        key: `i${index}`,
        spec: conceal("bellhop/integration", {
          name: `i${index}`,
          type: "RAW_WEBHOOK",
          webhook,
          ...options.spec,
        }),
        confirm: false,
        createdAt: "2026-11-20T00:00:00.000Z",
        updatedAt: "2026-11-20T00:00:00.000Z",
      }),
    ),
  );
  const now = options.now ?? Date.now;
  const database = path.join(folder, "bellhop.db");
  const opened = await openSqliteOutbox({ path: database, mode: "exclusive", clock: now });
  const outbox = options.wrap?.(opened) ?? opened;
  closers.push(() => outbox.close());
  const log = createLog({ level: "silent", pretty: false, write: () => undefined });
  const clock = { ...systemClock, now };
  let wake = (): void => undefined;
  const stores = [{ store, scopes: [{ provider: "bellhop" }] }];
  const engine = await openEngine({
    outbox,
    stores: () => stores,
    providers,
    log,
    clock,
    onAccepted: () => wake(),
  });
  const context = attemptContext({
    engine,
    outbox,
    rules: DEFAULT_DISABLE,
    clock,
    http: createDeliveryHttp(LOOPBACK),
  });
  closers.push(() => context.http.close());
  const results: Settled[] = [];
  const waiters: (() => void)[] = [];
  const worker = startWorker({
    ...context,
    random: () => 0.5,
    outbox,
    log,
    concurrency: 32,
    slow: 100,
    perIntegration: 8,
    onSettled: (settled) => {
      results.push(settled);
      for (const check of waiters) check();
    },
  });
  wake = () => worker.wake();
  closers.push(() => worker.stop(1000));
  return {
    store,
    outbox,
    engine,
    worker,
    results,
    emit: (ids: readonly string[]) =>
      engine.intake.accept({
        source: "test",
        items: ids.map((id) => ({
          seed: id,
          position: id,
          content: {
            text: JSON.stringify({
              specversion: "1.0",
              id,
              source: "/t",
              type: "com.example.t",
              data: { id },
            }),
          },
        })),
        positions: {},
      }),
    /** Resolves once that many results are durable. */
    until: (count: number) =>
      new Promise<void>((resolve) => {
        const check = (): void => (results.length >= count ? resolve() : undefined);
        waiters.push(check);
        check();
      }),
    list: async (filter: DeliveryFilter = {}) =>
      (await outbox.deliveries({ limit: 1000, ...filter })).deliveries,
  };
}

const ids = (count: number): string[] => Array.from({ length: count }, (_item, index) => `e${index}`);

describe("the worker", () => {
  it("delivers every event once to every integration, and logs what was sent byte for byte", async () => {
    const got: string[] = [];
    const url = await receiver((request, body, response) => {
      got.push(`${request.url} ${body}`);
      response.writeHead(200, { "x-answer": "yes" }).end("thanks");
    });
    const side = await setup([`${url}/a`, `${url}/b`]);
    expect(await side.emit(ids(100))).toMatchObject({ accepted: 100, deliveries: 200, rejected: [] });
    await side.until(200);
    expect(got).toHaveLength(200);
    expect(new Set(got).size).toBe(200);
    expect((await side.list({ status: ["delivered"] })).length).toBe(200);
    const [first] = await side.list({ event: "e7", integration: "i0" });
    const detail = await side.outbox.delivery(first?.id ?? "");
    expect(detail?.attempts).toHaveLength(1);
    expect(got).toContain(`/a ${detail?.attempts[0]?.request.body}`);
    expect(detail?.attempts[0]).toMatchObject({
      number: 1,
      outcome: "delivered",
      request: { method: "POST", url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/… \(secret\)$/) },
      response: { status: 200, body: "thanks", truncated: false },
      remoteAddress: "127.0.0.1",
    });
  });

  it("tries again by the schedule, counts failures, and forgets them at the first success", async () => {
    let clock = Date.parse("2026-11-20T12:00:00Z");
    let answers = [503, 500, 200];
    const url = await receiver((_request, _body, response) =>
      response.writeHead(answers.shift() ?? 200).end(),
    );
    const side = await setup([url], { now: () => clock });
    await side.emit(["e"]);
    await side.until(1);
    expect(await side.list()).toMatchObject([
      { status: "pending", attempts: 1, lastStatusCode: 503, nextAttemptAt: clock + 5000 },
    ]);
    expect(await side.outbox.health("uid-0")).toMatchObject({
      numberOfFailedRequests: 1,
      timeOfFirstFailedRequest: clock,
      disabled: false,
    });
    clock += 5000;
    side.worker.wake();
    await side.until(2);
    expect(await side.list()).toMatchObject([
      { status: "pending", attempts: 2, nextAttemptAt: clock + 300_000 },
    ]);
    clock += 300_000;
    side.worker.wake();
    await side.until(3);
    expect(await side.list()).toMatchObject([{ status: "delivered", attempts: 3, lastStatusCode: 200 }]);
    expect(await side.outbox.health("uid-0")).toMatchObject({
      numberOfFailedRequests: 0,
      lastSuccess: clock,
    });
    answers = [];
  });

  it("gives up when the integration's own schedule is used up", async () => {
    let clock = Date.parse("2026-11-20T12:00:00Z");
    const url = await receiver((_request, _body, response) => response.writeHead(500).end("broken"));
    const side = await setup([url], { now: () => clock, spec: { retry: { schedule: ["0s", "1m"] } } });
    await side.emit(["e"]);
    await side.until(1);
    clock += 60_000;
    side.worker.wake();
    await side.until(2);
    expect(await side.list()).toMatchObject([{ status: "exhausted", attempts: 2, reason: "answered 500" }]);
  });

  it("is not held up by an endpoint that never answers", async () => {
    const dead = await receiver(() => undefined);
    let got = 0;
    const alive = await receiver((_request, _body, response) => {
      got += 1;
      response.end();
    });
    const side = await setup([dead, alive]);
    await side.emit(ids(200));
    await side.until(200);
    expect(got).toBe(200);
    expect(
      (await side.list({ status: ["delivered"] })).every(({ integration }) => integration === "i1"),
    ).toBe(true);
  });

  it("gives back what a stop cuts short, without counting an attempt", async () => {
    let arrived = (): void => undefined;
    const first = new Promise<void>((resolve) => (arrived = resolve));
    const url = await receiver(() => arrived());
    const side = await setup([url]);
    await side.emit(["e"]);
    await first;
    await side.worker.stop(0);
    expect(await side.list()).toMatchObject([{ status: "pending", attempts: 0 }]);
    expect(side.results).toEqual([]);
  });

  it("does not let endpoints that hang delay another at the same host, however many", async () => {
    let hanging = 0;
    let someHang = (): void => undefined;
    const placesTaken = new Promise<void>((resolve) => (someHang = resolve));
    const url = await receiver((request, _body, response) => {
      if (request.url === "/good") response.end();
      else if (++hanging === 60) someHang();
    });
    // Nothing is known of any of them: they get half of the places, and leave them when they prove slow.
    const side = await setup(Array.from({ length: 60 }, (_, n) => `${url}/hangs-${n}`));
    await side.emit(Array.from({ length: 5 }, (_, id) => `e${id}`));
    await placesTaken;
    await side.store.write((records) => {
      const [first] = records;
      if (first === undefined) return;
      const spec = { ...first.spec, webhook: new Secret(`${url}/good`) };
      records.push({ ...first, uid: "good", id: "good", key: "good", spec });
    });
    await side.engine.reload();
    await side.emit(["now", "and", "again"]);
    await side.until(3);
    expect(await side.list({ integration: "good" })).toMatchObject([
      { status: "delivered" },
      { status: "delivered" },
      { status: "delivered" },
    ]);
    // Each of the others has one place, however much waits for it.
    expect(hanging).toBe(60);
  });

  it("sends no more than may be in flight before what was sent is durable", async () => {
    let sent = 0;
    let durable = 0;
    let mostAtRisk = 0;
    const url = await receiver((_request, _body, response) => {
      sent += 1;
      mostAtRisk = Math.max(mostAtRisk, sent - durable);
      response.end();
    });
    const slowly = (outbox: Outbox): Outbox => ({
      ...outbox,
      record: async (results) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        await outbox.record(results);
        durable += results.length;
      },
    });
    const side = await setup(
      Array.from({ length: 8 }, () => url),
      { wrap: slowly },
    );
    await side.emit(Array.from({ length: 20 }, (_, id) => `e${id}`));
    await side.until(160);
    expect(mostAtRisk).toBeLessThanOrEqual(32);
  });

  it("holds everything owed to an endpoint that says it is gone, and asks it no more", async () => {
    let requests = 0;
    const url = await receiver((_request, _body, response) => {
      requests += 1;
      response.writeHead(410).end();
    });
    const side = await setup([url]);
    await side.emit(Array.from({ length: 100 }, (_, id) => `e${id}`));
    await expect.poll(() => side.list({ status: ["held"] })).toHaveLength(100);
    expect(requests).toBeLessThanOrEqual(8);
    const [endpoint] = side.engine.routes().endpoints.values();
    if (endpoint !== undefined) await side.engine.test(endpoint);
    await expect
      .poll(() => side.list({ event: "bellhop:confirm" }))
      .toMatchObject([{ status: "exhausted", lastStatusCode: 410 }]);
  });

  it("discards what is owed to an integration that is gone, with the reason", async () => {
    const url = await receiver((_request, _body, response) => response.writeHead(503).end());
    const side = await setup([url]);
    await side.emit(["e"]);
    await side.until(1);
    await side.store.write((records) => void records.splice(0));
    await side.engine.reload();
    expect(await side.list()).toMatchObject([
      {
        status: "discarded",
        attempts: 1,
        reason: "the integration that asked for it does not exist any more",
      },
    ]);
  });
});

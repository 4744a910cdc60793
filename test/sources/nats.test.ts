/** Against a real nats-server; where none can be had, nothing here runs. */
import { AckPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers as natsHeaders } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import type { EventSource, SourceBatch } from "../../src/sources/contract.ts";
import { createNatsSource, type NatsSourceOptions } from "../../src/sources/nats.ts";
import { natsProgram, type NatsServer, startNats } from "../support/nats-server.ts";
import { createCollector, type Collector } from "../support/collector.ts";

const missing = "missing" in natsProgram ? natsProgram.missing : undefined;
const NAMES = { stream: "EVENTS", consumer: "bellhop" };

interface Stream {
  readonly server: NatsServer;
  readonly manager: JetStreamManager;
  publish(...texts: string[]): Promise<void>;
  publishWith(headers: Record<string, string>, data: string | Uint8Array, subject?: string): Promise<void>;
  /** Waits until nothing is left that was not acknowledged. */
  settled(): Promise<void>;
}

async function startStream(): Promise<Stream> {
  const server = await startNats();
  const connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  onTestFinished(() => connection.close());
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "EVENTS", subjects: ["events.>"] });
  const client = jetstream(connection);
  const publishWith: Stream["publishWith"] = async (given, data, subject = "events.all") => {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    await client.publish(subject, data, { headers });
  };
  return {
    server,
    manager,
    publishWith,
    publish: async (...texts) => {
      for (const text of texts) await publishWith({}, text);
    },
    settled: async () => {
      const left = async (): Promise<number[]> => {
        const { num_pending: unread, num_ack_pending: open } = await manager.consumers.info(
          "EVENTS",
          "bellhop",
        );
        return [unread, open];
      };
      await expect.poll(left, { timeout: 20_000 }).toEqual([0, 0]);
    },
  };
}

interface Reading {
  readonly collector: Collector;
  readonly problems: string[];
  readonly source: EventSource;
}

async function read(
  options: Partial<NatsSourceOptions> & { server: NatsServer },
  collector = createCollector(),
): Promise<Reading> {
  const problems: string[] = [];
  const { server, ...more } = options;
  const source = createNatsSource({
    servers: [server.url],
    ...NAMES,
    retryMs: 20,
    onProblem: (error) => problems.push(error instanceof Error ? error.message : String(error)),
    ...more,
  });
  await source.start(collector.sink, collector.memory);
  onTestFinished(() => source.stop());
  return { collector, problems, source };
}

/** Reads, and takes nothing in before `goOn`; `given` is how many messages wait for that. */
async function readBlocked(
  on: Stream,
): Promise<{ collector: Collector; goOn: () => void; given: () => Promise<number> }> {
  let goOn = (): void => {};
  const blocked = new Promise<void>((resolve) => (goOn = resolve));
  const collector = createCollector(() => blocked);
  await read(on, collector);
  const given = async (): Promise<number> =>
    (await on.manager.consumers.info("EVENTS", "bellhop")).num_ack_pending;
  return { collector, goOn, given };
}

describe.skipIf(missing !== undefined)(`a NATS stream${missing === undefined ? "" : `: ${missing}`}`, () => {
  test("is read from its first message, then followed, each message acknowledged", async () => {
    const on = await startStream();
    await on.publish("one", "two");
    const { collector, source } = await read(on);
    await collector.came("one", "two");
    await on.publish("three");
    await collector.came("one", "two", "three");
    await on.settled();
    expect(source.name).toBe("nats:EVENTS/bellhop");
    expect(collector.items.map(({ position }) => position)).toEqual(
      [1, 2, 3].map((seq) => `EVENTS message ${seq}`),
    );
    expect(collector.batches[0]?.source).toBe("nats:EVENTS");
    await source.stop();
    await on.publish("four");
    const again = await read(on, collector);
    await collector.came("one", "two", "three", "four");
    await again.source.stop();
  });

  test("hands over many at once, in order", async () => {
    const on = await startStream();
    const texts = Array.from({ length: 1300 }, (_, n) => `message ${n}`);
    await on.publish(...texts);
    const { collector } = await read(on);
    await collector.came(...texts);
    expect(collector.batches.length).toBeLessThan(200);
    expect(Math.max(...collector.batches.map(({ items }) => items.length))).toBeLessThanOrEqual(500);
    await on.settled();
  });

  test("keeps no more at hand than fits in memory if all were as large as can be, and loses none of them", async () => {
    const on = await startStream();
    const texts = Array.from({ length: 300 }, (_, n) => `message ${n}`);
    await on.publish(...texts);
    const { collector, goOn, given } = await readBlocked(on);
    // The server takes messages of up to 1 MiB; what is being handed over is out of the way of 64 more.
    await expect.poll(given, { timeout: 20_000 }).toBeGreaterThanOrEqual(64);
    for (let n = 0; n < 20; n += 1) expect(await given()).toBeLessThanOrEqual(128);
    goOn();
    await collector.came(...texts);
    await on.settled();
  });

  test("hands over large messages a few at a time, each once", async () => {
    const on = await startStream();
    const texts = Array.from({ length: 20 }, (_, n) => `${n} `.padEnd(1_000_000, "x"));
    await on.publish(...texts);
    const { collector, goOn, given } = await readBlocked(on);
    await expect.poll(given, { timeout: 20_000 }).toBe(20);
    // By now the others have come as well, and wait.
    for (let n = 0; n < 400; n += 1) await given();
    goOn();
    await collector.came(...texts);
    const sizes = collector.batches.map(({ items }) => items.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    await on.settled();
  });

  test("is acknowledged only once what it led to is durable; what comes again has the same seed", async () => {
    const on = await startStream();
    await on.manager.consumers.add("EVENTS", {
      durable_name: "bellhop",
      ack_policy: AckPolicy.Explicit,
      ack_wait: 300e6,
    });
    await on.publish("one");
    const handed: SourceBatch[] = [];
    let refusals = 3;
    const collector = createCollector((batch) => {
      handed.push(batch);
      if ((refusals -= 1) >= 0) throw new Error("the disk is full");
    });
    const first = await read(on, collector);
    await collector.came("one");
    await on.settled();
    expect(first.problems).toEqual(Array.from({ length: 3 }, () => "the disk is full"));
    expect(new Set(handed.flatMap(({ items }) => items.map(({ seed }) => seed))).size).toBe(1);
  });

  test("what was not durable when it stopped comes again", async () => {
    const on = await startStream();
    await on.publish("one", "two");
    const never = createCollector(() => {
      throw new Error("the disk is full");
    });
    const first = await read(on, never);
    await expect.poll(() => first.problems.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await first.source.stop();
    const { collector } = await read(on);
    await collector.cameSomehow(["one", "two"]);
    await on.settled();
  });

  test("may hold CloudEvents in binary and in structured mode", async () => {
    const on = await startStream();
    const attributes = {
      "ce-specversion": "1.0",
      "ce-id": "a",
      "Ce-Type": "build:done",
      "ce-source": "/ci",
      "ce-subject": "50%25%20of",
    };
    await on.publishWith({ ...attributes, "ce-datacontenttype": "application/json" }, '{"n":1}');
    await on.publishWith({ ...attributes, "content-type": "text/plain" }, "hello");
    await on.publishWith({ "content-type": "application/cloudevents+json" }, '{"specversion":"1.0"}');
    const { collector } = await read(on);
    const event = { specversion: "1.0", id: "a", type: "build:done", source: "/ci", subject: "50% of" };
    await expect.poll(() => collector.texts().length, { timeout: 20_000 }).toBe(3);
    expect(collector.texts().map((text) => JSON.parse(text) as unknown)).toEqual([
      { ...event, datacontenttype: "application/json", data: { n: 1 } },
      { ...event, datacontenttype: "text/plain", data: "hello" },
      { specversion: "1.0" },
    ]);
  });

  test("what is no event is rejected and acknowledged", async () => {
    const on = await startStream();
    await on.publishWith({}, new Uint8Array([0x61, 0xff]));
    await on.publishWith({}, "");
    await on.publishWith({ "ce-id": "a" }, "{}");
    const { collector } = await read(on);
    await collector.came("!is not UTF-8", "!is empty", "!is a CloudEvent without the header ce-specversion");
    await on.settled();
  });

  test("may be read by subject", async () => {
    const on = await startStream();
    await on.publishWith({}, "web", "events.web");
    await on.publishWith({}, "api", "events.api");
    const { collector } = await read({ ...on, subjects: ["events.api"] });
    await collector.came("api");
  });

  test("a server that is away at the start, goes away and comes back", async () => {
    const on = await startStream();
    await on.publish("one");
    await on.server.stop();
    const { collector, problems } = await read(on);
    await expect.poll(() => problems.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(problems[0]).toContain(`the consumer bellhop of stream EVENTS at NATS ${on.server.url}`);
    await on.server.start();
    await collector.came("one");
    await on.server.stop();
    await expect.poll(() => problems.at(-1), { timeout: 20_000 }).toContain("lost the connection to NATS");
    await on.server.start();
    await vi.waitFor(() => on.manager.streams.info("EVENTS"), { timeout: 20_000 });
    await on.publish("two");
    await expect.poll(() => new Set(collector.texts()), { timeout: 20_000 }).toEqual(new Set(["one", "two"]));
    expect(new Set(collector.items.map(({ seed }) => seed)).size).toBe(2);
  });

  test("a stream that is made later, and one that is made anew", async () => {
    const on = await startStream();
    await on.manager.streams.delete("EVENTS");
    const { collector, problems } = await read(on);
    await expect.poll(() => problems[0], { timeout: 20_000 }).toContain("stream not found");
    await on.manager.streams.add({ name: "EVENTS", subjects: ["events.>"] });
    await on.publish("one", "two");
    await collector.came("one", "two");
    await on.manager.streams.delete("EVENTS");
    await on.manager.streams.add({ name: "EVENTS", subjects: ["events.>"] });
    await on.publish("three");
    await collector.came("one", "two", "three");
    expect(new Set(collector.items.map(({ seed }) => seed)).size).toBe(3);
  });

  test("a consumer that was deleted is made again, and goes on", async () => {
    const on = await startStream();
    const texts = Array.from({ length: 1100 }, (_, n) => `message ${n}`);
    await on.publish(...texts);
    const first = await read(on);
    await first.collector.came(...texts);
    await on.settled();
    await first.source.stop();
    await on.manager.consumers.delete("EVENTS", "bellhop");
    const before = first.collector.items.length;
    await read(on, first.collector);
    await on.publish("new");
    await expect.poll(() => first.collector.texts().at(-1), { timeout: 20_000 }).toBe("new");
    // What may have been on its way comes again, under the seeds it had; the 100 before it do not.
    expect(first.collector.items.length - before).toBe(1000 + 1 + 1);
    expect(new Set(first.collector.items.map(({ seed }) => seed)).size).toBe(1101);
  });

  test("a consumer that acknowledges nothing is refused", async () => {
    const on = await startStream();
    await on.manager.consumers.add("EVENTS", { durable_name: "bellhop", ack_policy: AckPolicy.None });
    const { problems } = await read(on);
    await expect
      .poll(() => problems[0], { timeout: 20_000 })
      .toContain('acknowledges "none"; it must be a pull consumer');
  });
});

describe.skipIf(missing !== undefined)("credentials of NATS", () => {
  const cases: readonly (readonly [string, readonly string[], Partial<NatsSourceOptions>])[] = [
    ["a token", ["--auth", "s3cret-token"], { token: new Secret("s3cret-token") }],
    [
      "user and password",
      ["--user", "bell", "--pass", "s3cret-word"],
      { user: "bell", password: new Secret("s3cret-word") },
    ],
  ];
  test.for(cases)("by %s are needed, and never shown", async ([, more, given]) => {
    const server = await startNats(...more);
    const refused = await read({ server, token: new Secret("s3cret-wrong") });
    await expect.poll(() => refused.problems[0], { timeout: 20_000 }).toContain("Authorization Violation");
    await refused.source.stop();
    const accepted = await read({ server, ...given });
    await expect.poll(() => accepted.problems[0], { timeout: 20_000 }).toContain("stream not found");
    expect([...refused.problems, ...accepted.problems].join()).not.toContain("s3cret");
  });

  test("that make no sense are a problem that does not show them", async () => {
    const server = await startNats();
    const { problems } = await read({ server, credentials: new Secret("s3cret-creds") });
    await expect.poll(() => problems.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(problems.join()).not.toContain("s3cret");
  });
});

test("stops at once while no server answers", async () => {
  const source = createNatsSource({ servers: ["127.0.0.1:1"], ...NAMES, retryMs: 3_600_000 });
  const { sink, memory } = createCollector();
  await source.start(sink, memory);
  await source.stop();
});

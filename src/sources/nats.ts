/**
 * A durable pull consumer of NATS JetStream. A message is acknowledged once what it led to is durable; one that is delivered again
 * all the same has the same seed. The consumer keeps the position; what is remembered here is for making it again when somebody
 * has deleted it, so that it does not begin at the first message.
 */
import { once } from "node:events";
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { NatsSourceConfig } from "../model/config.ts";
import { reveal } from "../model/secret.ts";
import { isObject } from "../model/value.ts";
import type { Json } from "../model/value.ts";
import { createBell } from "./bell.ts";
import { fromBinary, isBinary } from "./cloud-event.ts";
import type { EventSource, Sink, SourceItem } from "./contract.ts";
import { contentOf, rejected } from "./lines.ts";

export interface NatsSourceOptions extends NatsSourceConfig {
  /** Told what keeps messages from coming or from being handed over; it is tried again. */
  readonly onProblem?: (error: unknown) => void;
  /** How long to wait before trying again; twice as long each time, up to 30 times. 1 second by default. */
  readonly retryMs?: number;
}

/** At most so many messages are handed over at once, of so many bytes unless a single one is larger. */
const BATCH = 500;
const BATCH_BYTES = 8 * 1024 * 1024;
/** The most that is asked for ahead, were every message as large as the server lets one be: 64 MiB. */
const AHEAD_BYTES = 64 * 1024 * 1024;
/** So many are asked for ahead however large they may be: with fewer, the client waits for one before it asks for the next. */
const LEAST_AHEAD = 4;
const CONNECT_MS = 10_000;
const FLUSH_MS = 2_000;
/** After how long what was given back is given out again: at once, it would be to the request that is just being ended. */
const HAND_BACK_MS = 500;
/** Messages that may be on their way while later ones are done with already: as many as a consumer gives out by default. */
const UNSETTLED = 1000;
/** How often the wait before trying again is doubled at most. */
const DOUBLINGS = 5;

export function createNatsSource(options: NatsSourceOptions): EventSource {
  const { onProblem = () => {}, retryMs = 1000 } = options;
  const bell = createBell();
  let running: Promise<void> = Promise.resolve();
  let stopFollowing = (): void => {};
  const name = `nats:${options.stream}/${options.consumer}`;
  let reached: Reached | undefined;

  const handOver = async (sink: Sink, messages: readonly JsMsg[]): Promise<void> => {
    const items = messages.map((message) => toItem(options.stream, message));
    const next = furthest(reached, messages);
    while (!bell.stopped()) {
      try {
        await sink({ source: `nats:${options.stream}`, items, positions: { [name]: { ...next } } });
        reached = next;
        for (const message of messages) message.ack();
        return;
      } catch (error) {
        onProblem(error);
        for (const message of messages) message.working();
        await bell.pause(retryMs);
      }
    }
    for (const message of messages) message.nak(HAND_BACK_MS);
  };

  /** Until it is stopped or the connection is closed for good. */
  const follow = async (connection: NatsConnection, sink: Sink): Promise<void> => {
    const consumer = await openConsumer(connection, options, reached);
    const messages = await consumer.consume({
      max_messages: aheadOf(connection),
      abort_on_missing_resource: true,
    });
    stopFollowing = () => messages.stop();
    if (bell.stopped()) messages.stop();
    for await (const batch of batchesOf(messages)) await handOver(sink, batch);
  };

  const run = async (sink: Sink): Promise<void> => {
    for (let failures = 0; !bell.stopped();) {
      let connection: NatsConnection | undefined;
      try {
        connection = await open(options, bell.whenStopped);
        if (connection === undefined) return;
        failures = 0;
        void tellOfLoss(connection, options, onProblem);
        await follow(connection, sink);
        const lost = await (bell.stopped() ? undefined : connection.closed());
        if (lost instanceof Error) throw lost;
      } catch (error) {
        if (bell.stopped()) break;
        onProblem(problemOf(error, options));
      } finally {
        await close(connection);
      }
      await bell.pause(retryMs * 2 ** Math.min(failures, DOUBLINGS));
      failures += 1;
    }
  };

  return {
    name,
    start: async (sink, memory) => {
      reached = readReached((await memory.load(name))[name]);
      running = run(sink);
    },
    stop: async () => {
      bell.stop();
      stopFollowing();
      await running;
    },
  };
}

/** A connection that mends itself, or undefined when there was no more need for one. */
async function open(
  options: NatsSourceOptions,
  whenStopped: Promise<void>,
): Promise<NatsConnection | undefined> {
  const { token, user, password, credentials } = options;
  const connecting = connect({
    servers: [...options.servers],
    name: "bellhop",
    timeout: CONNECT_MS,
    maxReconnectAttempts: -1,
    ...(options.servers.some((server) => server.startsWith("tls://")) && { tls: {} }),
    ...(token !== undefined && { token: reveal(token) }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: reveal(password) }),
    ...(credentials !== undefined && {
      authenticator: credsAuthenticator(new TextEncoder().encode(reveal(credentials))),
    }),
  });
  const connection = await Promise.race([connecting, whenStopped]);
  if (connection !== undefined) return connection;
  connecting.then(
    (late) => late.close(),
    () => undefined,
  );
  return undefined;
}

/**
 * How many messages may be on their way or waiting here. A pull can be bounded by a number or by bytes, not by both; by bytes, the
 * client counts wrongly once a pull has ended before its bytes were used up, and asks for less than the next message takes.
 */
function aheadOf({ info }: NatsConnection): number {
  const largest = Math.max(1, info?.max_payload ?? 1);
  return Math.max(LEAST_AHEAD, Math.min(BATCH, Math.floor(AHEAD_BYTES / largest)));
}

/** The durable as it is; where there is none, one that begins where the last was, or at the first message. */
async function openConsumer(
  connection: NatsConnection,
  options: NatsSourceOptions,
  reached: Reached | undefined,
): Promise<Consumer> {
  const { stream, consumer: name, subjects = [] } = options;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const info = await manager.consumers.info(stream, name).catch(async (error: unknown) => {
    if (codeOf(error) !== CONSUMER_NOT_FOUND) throw error;
    const { created } = await manager.streams.info(stream);
    const from = reached !== undefined && Date.parse(created) <= reached.time ? reached.seq - UNSETTLED : 0;
    const [only] = subjects;
    return manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: from > 0 ? DeliverPolicy.StartSequence : DeliverPolicy.All,
      ...(from > 0 && { opt_start_seq: from }),
      ...(subjects.length === 1 ? { filter_subject: only } : {}),
      ...(subjects.length > 1 ? { filter_subjects: [...subjects] } : {}),
    });
  });
  const { ack_policy: acknowledges, deliver_subject: pushes } = info.config;
  if (acknowledges !== AckPolicy.Explicit || pushes !== undefined) {
    const what = pushes === undefined ? `acknowledges "${acknowledges}"` : "is a push consumer";
    throw new Error(
      `the consumer ${name} of stream ${stream} ${what}; it must be a pull consumer that acknowledges "explicit"`,
    );
  }
  return jetstream(connection).consumers.get(stream, name);
}

/** The furthest message that is durable: its number, and when the stream took it, in milliseconds. */
interface Reached {
  readonly seq: number;
  readonly time: number;
}

function readReached(value: Json | undefined): Reached | undefined {
  if (!isObject(value)) return undefined;
  const { seq, time } = value;
  return typeof seq === "number" && typeof time === "number" ? { seq, time } : undefined;
}

/** The numbers of a stream that was made anew are smaller, and its times later. */
function furthest(reached: Reached | undefined, messages: readonly JsMsg[]): Reached | undefined {
  return messages
    .map(({ seq, time }) => ({ seq, time: time.getTime() }))
    .reduce<Reached | undefined>(
      (best, one) => (best === undefined || one.time >= best.time ? one : best),
      reached,
    );
}

const CONSUMER_NOT_FOUND = 10_014;

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

/** What has come, all of it at once: a message alone is not kept waiting for others. */
async function* batchesOf(messages: AsyncIterable<JsMsg>): AsyncGenerator<readonly JsMsg[]> {
  const iterator = messages[Symbol.asyncIterator]();
  let next = iterator.next();
  for (let first = await next; first.done !== true; first = await next) {
    const batch: JsMsg[] = [first.value];
    let bytes = first.value.data.length;
    next = iterator.next();
    const pause = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
    while (batch.length < BATCH) {
      const more = await Promise.race([next, pause]);
      if (more === undefined || more.done === true) break;
      bytes += more.value.data.length;
      if (bytes > BATCH_BYTES) break;
      batch.push(more.value);
      next = iterator.next();
    }
    yield batch;
  }
}

/** A message of a stream is told by its number and its time: a stream that is made anew begins at 1 again. */
function toItem(stream: string, message: JsMsg): SourceItem {
  return {
    seed: `nats:${stream}#${message.seq}@${message.timestampNanos}`,
    position: `${stream} message ${message.seq}`,
    content: contentOfMessage(message),
  };
}

function contentOfMessage({ headers, data }: JsMsg): SourceItem["content"] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const names = (headers?.keys() ?? []).map((name): [string, string | undefined] => [
    name.toLowerCase(),
    headers?.last(name),
  ]);
  const lowerCase = Object.fromEntries(names);
  const mediaType = (lowerCase["content-type"] ?? "").toLowerCase();
  if (isBinary(lowerCase, mediaType)) return fromBinary(lowerCase, lowerCase["content-type"], bytes);
  return contentOf(bytes, true) ?? rejected("is empty", bytes);
}

async function tellOfLoss(
  connection: NatsConnection,
  { servers }: NatsSourceOptions,
  onProblem: (error: unknown) => void,
): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect")
      onProblem(new Error(`lost the connection to NATS at ${servers.join(", ")}; trying again`));
  }
}

/** What was acknowledged last is still on its way. */
async function close(connection: NatsConnection | undefined): Promise<void> {
  if (connection === undefined || connection.isClosed()) return;
  const late = AbortSignal.timeout(FLUSH_MS);
  await Promise.race([connection.flush().catch(() => undefined), once(late, "abort")]);
  await connection.close();
}

function problemOf(error: unknown, { servers, stream, consumer }: NatsSourceOptions): Error {
  const message = error instanceof Error ? error.message : String(error);
  const where = `the consumer ${consumer} of stream ${stream} at NATS ${servers.join(", ")}`;
  return new Error(`cannot read from ${where}: ${message}; trying again`, { cause: error });
}

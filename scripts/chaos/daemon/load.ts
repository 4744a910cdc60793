/** Hands events over without a pause, by file and by HTTP at the same time, whether a daemon is there or not. */
import { appendFileSync, copyFileSync, mkdirSync, renameSync, rmSync, truncateSync } from "node:fs";
import path from "node:path";
import type { Random } from "../../../src/emulator/random.ts";
import type { Ledger } from "./ledger.ts";
import type { Endpoint } from "./project.ts";
import { PACED_PER_SECOND } from "./project.ts";

export interface Load {
  /** Where the daemon listens now; undefined when there is none. */
  direct(url: string | undefined): void;
  /** Makes no new events, and posts what was not answered until it is. */
  finish(): Promise<void>;
  /** Does nothing more. */
  stop(): void;
}

export interface LoadOptions {
  readonly folder: string;
  readonly endpoints: readonly Endpoint[];
  readonly ledger: Ledger;
  readonly random: Random;
  /** Events per second, half of them by each way. */
  readonly rate: number;
  readonly onViolation: (text: string) => void;
}

interface MadeEvent {
  readonly id: string;
  readonly type: string;
  readonly text: string;
}

const TICK_MS = 20;

export function startLoad(options: LoadOptions): Load {
  const make = createMaker(options);
  const file = createWriter(options);
  const poster = createPoster(options);
  let due = 0;
  const timer = setInterval(() => {
    due += (options.rate * TICK_MS) / 1000;
    for (; due >= 2; due -= 2) {
      file.write(make("f"));
      poster.post(make("h"));
    }
    poster.pump();
  }, TICK_MS);
  return {
    direct: (url) => poster.direct(url),
    finish: async () => {
      clearInterval(timer);
      file.flush();
      await poster.finish();
    },
    stop: () => clearInterval(timer),
  };
}

/** `f12` is the twelfth event of a file. */
function createMaker({ endpoints, random, rate }: LoadOptions): (prefix: string) => MadeEvent {
  const types = endpoints.flatMap((endpoint) =>
    endpoint.behaviour === "healthy" ? (endpoint.types ?? []) : [],
  );
  const paced = Math.min(0.1, PACED_PER_SECOND / 2 / rate);
  let made = 0;
  return (prefix) => {
    const id = `${prefix}${(made += 1)}`;
    const type =
      random() < paced ? "chaos.paced" : (types[Math.floor(random() * types.length)] ?? "chaos.none");
    const event = {
      specversion: "1.0",
      id,
      source: "/chaos",
      type,
      data: { text: "é".repeat(1 + Math.floor(random() * 200)) },
    };
    return { id, type, text: JSON.stringify(event) };
  };
}

interface Writer {
  write(event: MadeEvent): void;
  flush(): void;
}

/** Rotated files that are kept although everything in them has arrived. */
const KEPT = 3;

/** A log that is rotated in both ways, seen or not, with lines that come in pieces. */
function createWriter({ folder, ledger, random, rate }: LoadOptions): Writer {
  const events = path.join(folder, "events");
  const current = path.join(events, "app.ndjson");
  mkdirSync(events, { recursive: true });
  let piece = "";
  let lines: string[] = [];
  let rotated: { readonly file: string; readonly ids: string[] }[] = [];
  let rotations = 0;
  let late = 0;
  let target = current;
  // What was rotated away before anything of that name was read is not read at all: it may be years of it.
  let first: string | undefined;

  const flush = (): void => {
    if (piece !== "") appendFileSync(target, piece);
    piece = "";
  };
  const rotate = (): void => {
    // As a date: a greater one is younger.
    const file = `${current}-${20_260_000 + (rotations += 1)}`;
    if (random() < 0.5) {
      renameSync(current, file);
      // A program goes on writing for a while to the file that was renamed under it.
      late = Math.floor(random() * 6);
      target = late > 0 ? file : current;
    } else {
      copyFileSync(current, file);
      truncateSync(current);
    }
    rotated.push({ file, ids: lines });
    lines = [];
    const done = rotated.slice(0, -KEPT).filter(({ ids }) => ids.every((id) => ledger.hasArrived("all", id)));
    for (const one of done) rmSync(one.file);
    rotated = rotated.filter((one) => !done.includes(one));
  };
  const everySeconds = 4;
  return {
    write: (event) => {
      flush();
      if (target !== current && (late -= 1) < 0) target = current;
      first ??= event.id;
      const mayRotate = lines.length > 0 && ledger.hasArrived("all", first);
      if (target === current && mayRotate && random() < 2 / (rate * everySeconds)) rotate();
      const line = `${event.text}\n`;
      const cut = random() < 0.1 ? Math.floor(random() * line.length) : line.length;
      ledger.handOver(event.id, event.type, true);
      appendFileSync(target, line.slice(0, cut));
      piece = line.slice(cut);
      if (target === current) lines.push(event.id);
      else rotated.at(-1)?.ids.push(event.id);
    },
    flush,
  };
}

interface Poster {
  post(event: MadeEvent): void;
  /** Sends what waits, when there is somebody to send it to. */
  pump(): void;
  direct(url: string | undefined): void;
  finish(): Promise<void>;
}

/** At most this many requests at once; and events in one request. */
const PARALLEL = 8;
const BATCH = 5;

/** Half of what gets no answer is posted again until it does; of the other half nobody can say what became of it. */
function createPoster({ ledger, random, onViolation }: LoadOptions): Poster {
  let url: string | undefined;
  let waiting: MadeEvent[] = [];
  const again: (readonly MadeEvent[])[] = [];
  const open = new Set<Promise<void>>();
  const next = (): readonly MadeEvent[] | undefined => {
    const repeated = again.shift();
    if (repeated !== undefined || waiting.length === 0) return repeated;
    const count = Math.min(waiting.length, 1 + Math.floor(random() * BATCH));
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };
  const send = async (batch: readonly MadeEvent[], to: string, insist: boolean): Promise<void> => {
    for (const { id, type } of batch) ledger.handOver(id, type, false);
    const taken = await postTo(to, batch, random);
    if (taken === "all") for (const { id, type } of batch) ledger.handOver(id, type, true);
    else if (taken === "some")
      onViolation(`only a part of ${batch.map(({ id }) => id).join(", ")} was taken`);
    else if (insist) again.push(batch);
  };
  const pump = (): void => {
    while (url !== undefined && open.size < PARALLEL) {
      const batch = next();
      if (batch === undefined) return;
      const sending = send(batch, url, random() < 0.5).finally(() => open.delete(sending));
      open.add(sending);
    }
  };
  return {
    post: (event) => void waiting.push(event),
    pump,
    direct: (to) => (url = to),
    finish: async () => {
      for (; waiting.length > 0 || again.length > 0 || open.size > 0; pump())
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    },
  };
}

/** One by one as JSON, several as a list or as lines. */
async function postTo(
  url: string,
  batch: readonly MadeEvent[],
  random: Random,
): Promise<"all" | "some" | "none"> {
  const texts = batch.map(({ text }) => text);
  const [type, body] =
    random() < 0.5
      ? ["application/x-ndjson", texts.join("\n")]
      : ["application/cloudevents-batch+json", `[${texts.join(",")}]`];
  try {
    const answer = await fetch(`${url}/events`, {
      method: "POST",
      headers: texts.length === 1 ? { "content-type": "application/json" } : { "content-type": type },
      body: texts.length === 1 ? (texts[0] ?? "") : body,
      signal: AbortSignal.timeout(10_000),
    });
    const reply = (await answer.json()) as { readonly ids?: readonly string[] };
    if (answer.status !== 202) return "none";
    return batch.every(({ id }) => reply.ids?.includes(id) === true) ? "all" : "some";
  } catch {
    return "none";
  }
}

/** Receivers that behave as the world says, and remember every request that reached them. */
import type { HttpClient, PostRequest, PostResult } from "../../src/lib/http.ts";
import type { SimulatedClock } from "./clock.ts";
import type { Dice } from "./random.ts";
import { isWithin } from "./world.ts";
import type { Mood, Receiver, World } from "./world.ts";

export type Meaning = "delivered" | "failed" | "gone" | "invalid" | "ours";

/** One request, as the receiver saw it. */
export interface Exchange {
  readonly receiver: Receiver;
  /** The event that it is about; undefined for a message that checks the way. */
  readonly event: string | undefined;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly sentAt: number;
  /** Which process sent it, counted from 0. */
  readonly life: number;
  answeredAt?: number;
  answer?: PostResult;
  meaning?: Meaning;
  /** Nothing may be sent to this receiver, or to all of Discord's, before. */
  pauseUntil?: number;
  everywhere?: boolean;
  /** The process gave it up. */
  wasCut?: boolean;
}

export interface Network {
  readonly exchanges: readonly Exchange[];
  /** The client of one process; nothing is answered to it once that is dead. */
  client(life: number, isAlive: () => boolean): HttpClient;
}

export interface Watcher {
  sent(exchange: Exchange): void;
  answered(exchange: Exchange): void;
}

export function simulatedNetwork(world: World, clock: SimulatedClock, luck: Dice, watcher: Watcher): Network {
  const exchanges: Exchange[] = [];

  const post = (request: PostRequest, life: number, isAlive: () => boolean): Promise<PostResult> => {
    const exchange = arrive(request, life);
    exchanges.push(exchange);
    watcher.sent(exchange);
    const { afterMs, ...outcome } = behave(exchange, request.deadlineMs);
    return new Promise((resolve) => {
      const finish = (result: PostResult): void => {
        if (!isAlive() || exchange.answeredAt !== undefined) return;
        exchange.answeredAt = clock.now();
        exchange.answer = result;
        watcher.answered(exchange);
        resolve(result);
      };
      clock.after(afterMs, () => {
        Object.assign(exchange, outcome.means);
        finish(outcome.result);
      });
      request.signal?.addEventListener("abort", () => {
        if (exchange.answeredAt === undefined) exchange.wasCut = true;
        finish({ failure: { class: "aborted", code: "aborted" }, totalMs: clock.now() - exchange.sentAt });
      });
    });
  };

  const arrive = ({ url, headers, body }: PostRequest, life: number): Exchange => {
    const name = new URL(url).hostname.split(".")[0];
    const receiver = world.receivers.find((one) => one.name === name);
    if (receiver === undefined) throw new Error(`a request to ${url}, which nobody asked for`);
    const event = /evt\d{6}/.exec(body)?.[0];
    return { receiver, event, url, headers, body, sentAt: clock.now(), life };
  };

  const behave = (exchange: Exchange, deadlineMs: number): Behaviour => {
    const now = clock.now();
    if (isWithin(world.noDns, now)) return failing("dns", luck.int(1, 50), "ours");
    const mood = exchange.receiver.moods.find(({ from, to }) => now >= from && now < to)?.mood ?? {
      is: "well",
    };
    if (mood.is === "hangs") return failing("timeout", deadlineMs, "failed");
    if (mood.is === "refuses") return failing("connection-refused", luck.int(1, 5), "failed");
    const afterMs = mood.is === "drags" ? luck.int(1200, 4000) : luck.int(3, 300);
    if (afterMs >= deadlineMs) return failing("timeout", deadlineMs, "failed");
    return answering(mood, exchange.receiver, afterMs, now + afterMs, luck);
  };

  return {
    exchanges,
    client: (life, isAlive) => ({
      post: (request) => post(request, life, isAlive),
      request: () => Promise.reject(new Error("deliveries are posted")),
      close: () => Promise.resolve(),
    }),
  };
}

interface Behaviour {
  readonly afterMs: number;
  readonly result: PostResult;
  readonly means: Pick<Exchange, "meaning" | "pauseUntil" | "everywhere">;
}

function failing(
  kind: "dns" | "timeout" | "connection-refused",
  afterMs: number,
  meaning: Meaning,
): Behaviour {
  return { afterMs, result: { failure: { class: kind, code: kind }, totalMs: afterMs }, means: { meaning } };
}

function answering(mood: Mood, { type }: Receiver, afterMs: number, at: number, luck: Dice): Behaviour {
  const answer = (
    status: number,
    meaning: Meaning,
    body = "",
    headers: Readonly<Record<string, string>> = {},
    pause: Pick<Exchange, "pauseUntil" | "everywhere"> = {},
  ): Behaviour => ({
    afterMs,
    result: {
      response: { status, headers: Object.entries(headers), body, truncated: false },
      firstByteMs: afterMs,
      totalMs: afterMs,
    },
    means: { meaning, ...pause },
  });
  switch (mood.is) {
    case "limits":
      return limiting(mood, type, at, luck, answer);
    case "broken":
      return answer(luck.pick([500, 502, 503, 404]), "failed", "out of order");
    case "gone":
      if (type === "SLACK") return answer(404, "gone", "no_service");
      return type === "DISCORD" ? answer(404, "gone", '{"code": 10015}') : answer(410, "gone");
    case "invalid":
      if (type === "SLACK") return answer(400, "invalid", "invalid_payload");
      return type === "DISCORD" ? answer(400, "invalid", '{"code": 50035}') : answer(400, "failed");
    default:
      if (type === "SLACK") return answer(200, "delivered", "ok");
      if (type === "TEAMS") return answer(202, "delivered");
      if (type !== "DISCORD") return answer(200, "delivered", "thank you");
      return luck.chance(0.2)
        ? answer(
            200,
            "delivered",
            "{}",
            { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.5" },
            { pauseUntil: at + 1500 },
          )
        : answer(200, "delivered", "{}", { "x-ratelimit-remaining": "4", "x-ratelimit-reset-after": "1.5" });
  }
}

function limiting(
  { seconds, everywhere }: Extract<Mood, { is: "limits" }>,
  type: Receiver["type"],
  at: number,
  luck: Dice,
  answer: (
    status: number,
    meaning: Meaning,
    body: string,
    headers: Readonly<Record<string, string>>,
    pause: Pick<Exchange, "pauseUntil" | "everywhere">,
  ) => Behaviour,
): Behaviour {
  if (type === "SLACK" || type === "DISCORD") {
    const body = JSON.stringify({ retry_after: seconds, global: everywhere });
    return answer(429, "failed", body, {}, { pauseUntil: at + seconds * 1000, everywhere });
  }
  const whole = Math.ceil(seconds);
  if (luck.chance(0.5))
    return answer(503, "failed", "", { "retry-after": String(whole) }, { pauseUntil: at + whole * 1000 });
  const moment = Math.ceil(at / 1000 + whole) * 1000;
  return answer(429, "failed", "", { "retry-after": new Date(moment).toUTCString() }, { pauseUntil: moment });
}

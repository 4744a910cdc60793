/** One HTTP server that is all receivers: each path is an endpoint that behaves in its own way. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Random } from "../../../src/emulator/random.ts";
import type { Ledger } from "./ledger.ts";
import type { Behaviour, Endpoint } from "./project.ts";

/** A request as it came, to be held against the log. */
export interface Kept {
  readonly key: string;
  readonly id: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export interface Receivers {
  readonly url: string;
  /** By sequence number, which the answer's body carries; of every event whose number is a multiple of SAMPLE. */
  readonly kept: ReadonlyMap<number, Kept>;
  /** Resolves when no connection is left: everything that a killed process sent has been read. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export const SAMPLE = 25;
export const isSampled = (id: string): boolean => Number(/\d+$/.exec(id)?.[0] ?? 1) % SAMPLE === 0;

export async function startReceivers(
  endpoints: readonly Endpoint[],
  ledger: Ledger,
  options: { readonly life: () => number; readonly random: Random },
): Promise<Receivers> {
  const { random } = options;
  const kept = new Map<number, Kept>();
  const sockets = new Set<Socket>();
  let seq = 0;

  const answer = (request: IncomingMessage, response: ServerResponse, life: number, body: string): void => {
    const key = (request.url ?? "").slice(1);
    const behaviour = endpoints.find((endpoint) => endpoint.key === key)?.behaviour ?? "healthy";
    const id = idOf(body);
    const number = (seq += 1);
    if (isSampled(id)) kept.set(number, { key, id, headers: request.headers, body });
    setTimeout(() => {
      const answered = answerOf(behaviour, random);
      ledger.arrived(key, id, { seq: number, life, answered });
      if (answered === 0) return request.socket.destroy();
      response.writeHead(answered, { "content-type": "text/plain" }).end(String(number));
    }, random() * DELAYS_MS[behaviour]);
  };

  const server = createServer((request, response) => {
    const life = options.life();
    ledger.begun(life);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    // One that is cut off in the middle was begun, and has not arrived.
    request.on("end", () => answer(request, response, life, Buffer.concat(chunks).toString("utf8")));
    request.on("error", () => undefined);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kept,
    idle: async () => {
      // Twice: what the system has accepted comes in with the next turn.
      for (let turns = 0; turns < 2; turns = sockets.size === 0 ? turns + 1 : 0)
        await new Promise((resolve) => setTimeout(resolve, 2));
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Longest wait before an answer. */
const DELAYS_MS: Readonly<Record<Behaviour, number>> = { healthy: 30, flaky: 80, paced: 5 };

function answerOf(behaviour: Behaviour, random: Random): number {
  if (behaviour !== "flaky" || random() < 0.5) return 200;
  return [500, 503, 0][Math.floor(random() * 3)] ?? 500;
}

function idOf(body: string): string {
  const event: unknown = JSON.parse(body);
  return typeof event === "object" && event !== null && "id" in event ? String(event.id) : "";
}

/** A server that decides every byte itself, and counts its connections. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { onTestFinished, vi } from "vitest";

export interface RawServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT` or `https://localhost:PORT`, without a path. */
  readonly url: string;
  /** Connections that were made so far. */
  accepted(): number;
  /** Resolves once no connection is open; fails the test when one stays. */
  allClosed(): Promise<void>;
}

/** Gets each connection and how many there were before. */
export type Serve = (socket: Socket, before: number) => void;

export async function rawServer(
  serve: Serve,
  { tls, host = "127.0.0.1" }: { tls?: { key: string; cert: string }; host?: string } = {},
): Promise<RawServer> {
  let accepted = 0;
  const all = new Set<Socket>();
  const open = new Set<Socket>();
  const track = (socket: Socket): void => {
    accepted += 1;
    open.add(socket);
    all.add(socket);
    // The other end is what counts: its FIN closes the connection as far as it is concerned.
    for (const over of ["close", "end"]) socket.on(over, () => open.delete(socket));
    socket.on("error", () => undefined);
  };
  const answer = (socket: Socket): void => {
    socket.on("error", () => undefined);
    serve(socket, accepted - 1);
  };
  const server: Server =
    tls === undefined
      ? createServer({ allowHalfOpen: true }, answer)
      : createTlsServer({ ...tls, handshakeTimeout: 60_000 }, answer).on("tlsClientError", () => undefined);
  server.prependListener("connection", track);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    accepted: () => accepted,
    allClosed: () =>
      vi.waitFor(
        () => {
          if (open.size > 0) throw new Error(`${open.size} connections are still open`);
        },
        { timeout: 20_000, interval: 5 },
      ),
  };
}

/** Calls back with the number of each request that has come in full, from 0, and with its target. */
export function onRequests(socket: Socket, answer: (nth: number, target: string) => void): void {
  let text = "";
  let nth = 0;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (;;) {
      const head = /^\S+ (\S+) HTTP\/1\.1\r\n[\s\S]*?\r\n\r\n/.exec(text);
      const length = Number(/^content-length: (\d+)/im.exec(head?.[0] ?? "")?.[1] ?? "0");
      if (head === null || text.length < head[0].length + length) return;
      text = text.slice(head[0].length + length);
      answer(nth, head[1] ?? "");
      nth += 1;
    }
  });
}

/** Writes the same again and again, as fast as it is taken, until the connection is gone. */
export function pump(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.writable && socket.write(text));
  };
  socket.on("drain", more);
  more();
}

/** Writes one byte after another, a few milliseconds apart, for ever. */
export function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), 5);
  socket.on("close", () => clearInterval(timer));
}

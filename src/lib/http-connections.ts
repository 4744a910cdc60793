/**
 * The one door to undici: connections that are kept open between requests. A connection carries one request at a time, is used
 * again only after a whole answer, and is gone as soon as nobody waits for it, even while it is being made.
 */
import { isIP } from "node:net";
import type { Socket } from "node:net";
import { Client } from "undici";
import type { OpenSocket } from "./open-socket.ts";
import type { CheckAddress } from "./resolve.ts";
import { readInSmallParts } from "./small-reads.ts";

export interface Connection {
  readonly client: Client;
  /** Whether its name is still being resolved. */
  isResolving(): boolean;
  /** Of the other end, once it is connected. */
  remoteAddress(): string | undefined;
  /** After a whole answer: the next request to the origin may use it. */
  release(): void;
  /** At once, whatever it is doing. */
  destroy(): void;
}

export interface Connections {
  /** One that nobody uses: the last one released, or a new one. */
  take(origin: string): Connection;
  /** Ends all of them; requests under way fail, and later ones too. */
  close(): void;
}

/** How long a connection is kept that nobody uses, whatever the server offers, in milliseconds. */
const KEPT_MS = 15_000;
/** Of an answer's head: what Node allows as well. */
const HEADER_BYTES = 16 * 1024;
const PART_BYTES = 1024;

export function createConnections(open: OpenSocket, check: CheckAddress): Connections {
  const idle = new Map<string, Connection[]>();
  const all = new Set<Connection>();
  let isClosed = false;
  const rest = (origin: string, connection: Connection): void => {
    const others = idle.get(origin);
    if (others === undefined) idle.set(origin, [connection]);
    else others.push(connection);
  };
  const leave = (origin: string, connection: Connection): void => {
    const others = idle.get(origin) ?? [];
    const at = others.indexOf(connection);
    if (at >= 0) others.splice(at, 1);
    if (others.length === 0) idle.delete(origin);
  };
  const make = (origin: string): Connection => {
    const connection = connectionTo(origin, open, check, {
      released: () => rest(origin, connection),
      // One that is in use is opened again for its request, or fails with it.
      closed: () => void (idle.get(origin)?.includes(connection) === true && connection.destroy()),
      destroyed: () => {
        all.delete(connection);
        leave(origin, connection);
      },
    });
    all.add(connection);
    if (isClosed) connection.destroy();
    return connection;
  };
  return {
    take: (origin) => {
      const connection = idle.get(origin)?.at(-1);
      if (connection === undefined) return make(origin);
      leave(origin, connection);
      return connection;
    },
    close: () => {
      isClosed = true;
      all.forEach((connection) => connection.destroy());
    },
  };
}

function connectionTo(
  origin: string,
  open: OpenSocket,
  check: CheckAddress,
  on: { released: () => void; closed: () => void; destroyed: () => void },
): Connection {
  let socket: Socket | undefined;
  let resolving = false;
  let address: string | undefined;
  const client = new Client(origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEPT_MS,
    keepAliveMaxTimeout: KEPT_MS,
    maxHeaderSize: HEADER_BYTES,
    connect: ({ hostname, port, protocol }, done) => {
      // A name is checked when it is resolved; what is thrown here reaches the request as its error.
      resolving = isIP(hostname) === 0;
      if (!resolving) check(hostname);
      const opened = open({ hostname, port, protocol }, (error) => {
        resolving = false;
        address = opened.remoteAddress;
        if (error !== undefined) return done(error, null);
        readInSmallParts(opened, PART_BYTES);
        done(null, opened);
      });
      socket = opened.once("lookup", () => (resolving = false));
    },
  });
  client.on("disconnect", on.closed);
  return {
    client,
    isResolving: () => resolving,
    remoteAddress: () => address,
    release: on.released,
    destroy: () => {
      on.destroyed();
      socket?.destroy();
      void client.destroy();
    },
  };
}

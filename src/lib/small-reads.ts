/** Keeps what a parser is given at once small, so that it stops soon after it has given up on a connection. */
import type { Socket } from "node:net";

/**
 * From now on `read()` gives at most `bytes` at a time, and nothing once the socket is destroyed. A parser that destroys the socket
 * at a header too many still works through all that it was given, which may be thousands of them.
 */
export function readInSmallParts(socket: Socket, bytes: number): void {
  const read = socket.read.bind(socket);
  socket.read = (): unknown => {
    if (socket.destroyed) return null;
    const at = Math.min(socket.readableLength, bytes);
    return at === 0 ? read() : read(at);
  };
}

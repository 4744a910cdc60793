import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { readInSmallParts } from "../../src/lib/small-reads.ts";
import { rawServer } from "../support/raw-server.ts";

/** A socket that has all of `text` at hand, unread. */
async function holding(text: string): Promise<Socket> {
  const { port } = await rawServer((server) => server.end(text));
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "readable");
  await vi.waitFor(() => expect(socket.readableLength).toBe(text.length), { interval: 1 });
  return socket;
}

describe("readInSmallParts", () => {
  const text = Array.from({ length: 700 }, (_item, n) => `${n},`).join("");

  it("gives everything, in order, a little at a time", async () => {
    const socket = await holding(text);
    readInSmallParts(socket, 1000);
    const parts: Buffer[] = [];
    for (let part: unknown; (part = socket.read()) !== null;) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toBe(text);
    expect(parts.map(({ length }) => length)).toEqual([1000, 1000, text.length - 2000]);
    await once(socket, "end");
  });

  it("gives nothing more once the socket is destroyed", async () => {
    const socket = await holding(text);
    readInSmallParts(socket, 1000);
    expect(socket.read()).toHaveLength(1000);
    socket.destroy();
    expect(socket.read()).toBeNull();
  });
});

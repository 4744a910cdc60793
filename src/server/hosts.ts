/**
 * Whom a daemon without a token answers. It listens on this machine only, but a page in a browser on this machine may ask it by a
 * name of the page's own that resolves here (DNS rebinding): then the name in `Host` is not one of this machine's.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isLoopback } from "../lib/listen-address.ts";
import { errorBody } from "./error-body.ts";

/** Whether a `Host` header names this machine: `localhost`, a name under it, `127.0.0.0/8` or `[::1]`, with any port or none. */
export function isOfThisMachine(host: string): boolean {
  const name = /^(\[[^\]]*\]|[a-z0-9._-]+)(?::\d*)?$/i.exec(host)?.[1]?.toLowerCase() ?? "";
  return /^(.+\.)?localhost\.?$/.test(name) || name === "[::1]" || isLoopback(name);
}

/** Answers 403, with what to do about it, where there is no token and the `Host` is another machine's. */
export async function refuseOtherHosts(
  hasToken: boolean,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { host } = request.headers;
  // Whoever names none, as HTTP/1.0 allows, is no browser.
  if (hasToken || host === undefined || isOfThisMachine(host)) return;
  const message = `without a token only requests to localhost are answered, and this one is to ${JSON.stringify(host)}; set daemon.token, or ask at the address that the daemon listens on`;
  await reply.code(403).send(errorBody(403, message));
}

/** The further headers of a `bellhop/integration`. */
import { headerValue, isHeaderName } from "../../lib/http-header.ts";
import type { OutgoingHeader } from "../../model/request.ts";
import { reveal, Secret } from "../../model/secret.ts";

/** Those of one connection, and those that the sender and the signature set. */
const RESERVED = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "webhook-id",
  "webhook-signature",
  "webhook-timestamp",
]);

const isReserved = (name: string): boolean => RESERVED.has(name.toLowerCase());

/** Left out are reserved names and what is no header name; values are made legal (see headerValue). */
export const furtherHeaders = (headers: Readonly<Record<string, Secret>> = {}): OutgoingHeader[] =>
  Object.entries(headers)
    .filter(([name]) => isHeaderName(name) && !isReserved(name))
    .map(([name, value]) => ({ name, value: new Secret(headerValue(reveal(value))) }));

/** Rules of HTTP for header names and values (RFC 9110, section 5). */

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Everything that is neither printable ASCII nor printable Latin-1. */
const ILLEGAL = /[^\x20-\x7E\xA0-\xFF]+/g;

export const isHeaderName = (name: string): boolean => NAME.test(name);

/** Whether a value can be sent as it is. */
export const isHeaderValue = (value: string): boolean => /^[\t\x20-\x7E\x80-\xFF]*$/.test(value);

/** Headers of one connection or of the message's framing: whoever sends the request sets them, and nobody else. */
const SENDERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
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
]);

export const isSendersHeader = (name: string): boolean => SENDERS.has(name.toLowerCase());

/**
 * A legal header value: what Latin-1 cannot show (line breaks, controls, other scripts) is percent-encoded as UTF-8,
 * and spaces at either end, which HTTP would drop, are removed.
 */
export const headerValue = (text: string): string =>
  text.replace(ILLEGAL, (run) => encodeURIComponent(run.replace(/\p{Surrogate}/gu, "\uFFFD"))).trim();

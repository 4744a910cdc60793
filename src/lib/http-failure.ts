/** Why a request got no usable answer. */

export type FailureClass =
  /** Cut short by the caller's signal. */
  | "aborted"
  /** The name could not be resolved, or not in time. */
  | "dns"
  | "no-route"
  /** The address is none that may be connected to; `detail` says which and why. */
  | "egress-refused"
  | "connection-refused"
  | "connection-reset"
  | "tls"
  | "timeout"
  | "bad-response"
  /** The request can never be sent as it is; `detail` says why. */
  | "invalid-request"
  | "internal";

export interface Failure {
  readonly class: FailureClass;
  /** Of the system or the library (`ECONNREFUSED`), for people who look it up. */
  readonly code: string;
  /** In words, without a secret. */
  readonly detail?: string;
}

/** Thrown where a connection would go to an address that is not allowed. */
export class EgressRefused extends Error {
  readonly code = "EGRESS_REFUSED";
}

const CLASSES: Readonly<Record<string, FailureClass>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  ENETUNREACH: "no-route",
  EHOSTUNREACH: "no-route",
  ENETDOWN: "no-route",
  EHOSTDOWN: "no-route",
  EADDRNOTAVAIL: "no-route",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  ECONNABORTED: "connection-reset",
  EPIPE: "connection-reset",
  UND_ERR_SOCKET: "connection-reset",
  ETIMEDOUT: "timeout",
  UND_ERR_HEADERS_OVERFLOW: "bad-response",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "bad-response",
  EPROTO: "tls",
  UND_ERR_INVALID_ARG: "invalid-request",
  UND_ERR_NOT_SUPPORTED: "invalid-request",
};

/** Never throws, whatever was thrown. */
export function classify(error: unknown): Failure {
  if (error instanceof EgressRefused)
    return { class: "egress-refused", code: error.code, detail: error.message };
  if (error instanceof AggregateError && error.errors.length > 0) return ofSeveral(error.errors);
  const code = errorCode(error);
  return { class: classOf(code, error), code };
}

/** One for each address of a name: what an endpoint said tells more than that there is no way to another address of it. */
function ofSeveral(errors: readonly unknown[]): Failure {
  const failures = errors.map(classify);
  const [first = classify(undefined)] = failures;
  return failures.find((failure) => failure.class !== "no-route") ?? first;
}

function classOf(code: string, error: unknown): FailureClass {
  // What undici says of an answer that nobody asked for, or that wants another protocol.
  if (code === "UND_ERR_SOCKET" && error instanceof Error && error.message.startsWith("bad "))
    return "bad-response";
  const known = CLASSES[code];
  if (known !== undefined) return known;
  if (/^(ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_SSL|HOSTNAME_MISMATCH|INVALID_)/.test(code))
    return "tls";
  return /^(HPE_|HTTPParserError)/.test(code) ? "bad-response" : "internal";
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" && error.code !== "" ? error.code : error.name;
}

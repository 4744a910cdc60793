/** The one door to undici: requests with a total deadline and a bounded read of the answer. */
import { Agent, buildConnector } from "undici";
import type { Dispatcher } from "undici";

export interface PostRequest {
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** Over DNS, connect, TLS, headers and body. */
  readonly deadlineMs: number;
  /** Aborting it ends the request as `aborted`. */
  readonly signal?: AbortSignal;
}

/** Any method; a request without `body` has none. */
export interface HttpRequest extends Omit<PostRequest, "body"> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "LOCK" | "UNLOCK";
  readonly body?: string;
}

/** Why no usable answer came. */
export type FailureClass =
  | "aborted"
  | "dns"
  | "no-route"
  | "connection-refused"
  | "connection-reset"
  | "tls"
  | "timeout"
  | "bad-response"
  | "internal";

export interface PostResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** At most `maxBodyBytes`, decoded as UTF-8. */
  readonly body: string;
  /** Whether there was more. */
  readonly truncated: boolean;
  /** The body broke off or did not end in time; the status stands. */
  readonly brokenOff?: FailureClass;
}

export interface PostResult {
  readonly response?: PostResponse;
  readonly failure?: { readonly class: FailureClass; readonly code: string };
  readonly firstByteMs?: number;
  readonly totalMs: number;
  readonly remoteAddress?: string;
}

export interface HttpClient {
  /**
   * Never rejects. Redirects are answers like any other. No request waits for another's connection, even to the same host:
   * whoever calls bounds how many are under way.
   */
  post(request: PostRequest): Promise<PostResult>;
  /** The same with any method. */
  request(request: HttpRequest): Promise<PostResult>;
  close(): Promise<void>;
}

export interface HttpClientOptions {
  /** How much of an answer is read; the connection is dropped at more. */
  readonly maxBodyBytes: number;
  readonly userAgent: string;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const addresses = new Map<string, string>();
  const connect = buildConnector({ timeout: 0 });
  const agent = new Agent({
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 15_000,
    maxHeaderSize: 64 * 1024,
    connect: (target, callback) => {
      connect(target, (...result) => {
        const socket = result[1];
        if (socket?.remoteAddress !== undefined) {
          addresses.set(`${target.protocol}//${target.host ?? target.hostname}`, socket.remoteAddress);
        }
        callback(...result);
      });
    },
  });
  return {
    post: (request) => send(agent, { ...request, method: "POST" }, options, addresses),
    request: (request) => send(agent, request, options, addresses),
    close: () => agent.destroy(),
  };
}

async function send(
  agent: Agent,
  request: HttpRequest,
  options: HttpClientOptions,
  addresses: ReadonlyMap<string, string>,
): Promise<PostResult> {
  const started = performance.now();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(DEADLINE), request.deadlineMs);
  const onAbort = (): void => deadline.abort(ABORTED);
  request.signal?.addEventListener("abort", onAbort, { once: true });
  if (request.signal?.aborted === true) onAbort();
  let firstByteMs: number | undefined;
  try {
    const url = new URL(request.url);
    const answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: flatten(request.headers, options.userAgent, url),
      body: request.body ?? null,
      signal: deadline.signal,
      responseHeaders: "raw",
    });
    firstByteMs = performance.now() - started;
    const read = await readBounded(answer, options.maxBodyBytes);
    const address = addresses.get(url.origin);
    return {
      response: { status: answer.statusCode, headers: pairs(answer.headers), ...read },
      firstByteMs,
      totalMs: performance.now() - started,
      ...(address === undefined ? {} : { remoteAddress: address }),
    };
  } catch (error) {
    return { failure: classify(error), totalMs: performance.now() - started };
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", onAbort);
  }
}

const DEADLINE = new Error("deadline");
const ABORTED = new Error("aborted");

function flatten(headers: readonly (readonly [string, string])[], userAgent: string, url: URL): string[] {
  const flat: string[] = ["user-agent", userAgent];
  for (const [name, value] of headers) flat.push(name, value);
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    flat.push("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
  }
  return flat;
}

async function readBounded(
  answer: Dispatcher.ResponseData,
  limit: number,
): Promise<Pick<PostResponse, "body" | "truncated" | "brokenOff">> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      chunks.push(bytes.subarray(0, limit - size));
      size += bytes.length;
      if (size > limit) {
        answer.body.destroy();
        return { body: Buffer.concat(chunks).toString("utf8"), truncated: true };
      }
    }
    return { body: Buffer.concat(chunks).toString("utf8"), truncated: false };
  } catch (error) {
    return {
      body: Buffer.concat(chunks).toString("utf8"),
      truncated: true,
      brokenOff: classify(error).class,
    };
  }
}

/** With `responseHeaders: "raw"` undici answers with a flat list, whatever its type says. */
function pairs(headers: unknown): (readonly [string, string])[] {
  const list: (readonly [string, string])[] = [];
  if (!Array.isArray(headers)) return list;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    list.push([String(headers[index]).toLowerCase(), String(headers[index + 1])]);
  }
  return list;
}

const CLASSES: Readonly<Record<string, FailureClass>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  ENETUNREACH: "no-route",
  EHOSTUNREACH: "no-route",
  ENETDOWN: "no-route",
  EADDRNOTAVAIL: "no-route",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  ECONNABORTED: "connection-reset",
  EPIPE: "connection-reset",
  UND_ERR_SOCKET: "connection-reset",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_HEADERS_OVERFLOW: "bad-response",
  EPROTO: "tls",
};

function classify(error: unknown): { class: FailureClass; code: string } {
  if (error === DEADLINE) return { class: "timeout", code: "deadline" };
  if (error === ABORTED) return { class: "aborted", code: "aborted" };
  if (error instanceof AggregateError && error.errors.length > 0) return classify(error.errors[0]);
  const code = errorCode(error);
  const known = CLASSES[code];
  if (known !== undefined) return { class: known, code };
  if (/^(ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_SSL)/.test(code)) return { class: "tls", code };
  if (/^(HPE_|HTTPParserError)/.test(code)) return { class: "bad-response", code };
  return { class: "internal", code };
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" && error.code !== "" ? error.code : error.name;
}

/** HTTP requests with a total deadline, a bounded read of the answer and, for deliveries, only to addresses that are allowed. */
import { createConnections } from "./http-connections.ts";
import type { Connections } from "./http-connections.ts";
import { exchange } from "./http-exchange.ts";
import type { Failure, FailureClass } from "./http-failure.ts";
import { prepareRequest } from "./http-request.ts";
import type { HttpMethod } from "./http-request.ts";
import { createOpener } from "./open-socket.ts";
import { checkedLookup, createEgressCheck, shareLookups, systemResolve } from "./resolve.ts";
import type { Resolve } from "./resolve.ts";

export type { FailureClass } from "./http-failure.ts";

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
  readonly method: HttpMethod;
  readonly body?: string;
}

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
  readonly failure?: Failure;
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
  /** Requests under way fail. */
  close(): Promise<void>;
}

export interface HttpClientOptions {
  /** How much of an answer is read; the connection is dropped at more. */
  readonly maxBodyBytes: number;
  readonly userAgent: string;
  /**
   * Refuses every address that is neither public nor in `allow` (see docs/delivery.md), as it is resolved, for each connection. Without
   * it any address is connected to.
   */
  readonly egress?: { readonly allow: readonly string[] };
  /** How names become addresses; the system's way by default. */
  readonly resolve?: Resolve;
  /** Certificates (PEM) to trust besides those that Node brings. */
  readonly ca?: string;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const check = options.egress === undefined ? () => undefined : createEgressCheck(options.egress.allow);
  const resolve = shareLookups(options.resolve ?? systemResolve);
  const connections = createConnections(createOpener(checkedLookup(resolve, check), options.ca), check);
  return {
    post: (request) => send(connections, { ...request, method: "POST" }, options),
    request: (request) => send(connections, request, options),
    close: async () => connections.close(),
  };
}

async function send(
  connections: Connections,
  request: HttpRequest,
  { userAgent, maxBodyBytes }: HttpClientOptions,
): Promise<PostResult> {
  const prepared = prepareRequest(request, userAgent);
  if ("class" in prepared) return { failure: prepared, totalMs: 0 };
  const { deadlineMs, signal } = request;
  const connection = connections.take(prepared.origin);
  const { remoteAddress, ...result } = await exchange(connection, prepared, {
    deadlineMs,
    maxBodyBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  return remoteAddress === undefined ? result : { ...result, remoteAddress };
}

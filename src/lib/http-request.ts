/** A request as it goes out, or why it cannot. */
import type { Failure } from "./http-failure.ts";
import { isHeaderName, isHeaderValue, isSendersHeader } from "./http-header.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "LOCK" | "UNLOCK";

export interface PreparedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: HttpMethod;
  /** Names and values by turns. */
  readonly headers: string[];
  readonly body: string | null;
}

/**
 * A URL's user and password become an `authorization` header unless there is one; its fragment stays here. A failure
 * `invalid-request` names the header, never its value.
 */
export function prepareRequest(
  request: {
    readonly url: string;
    readonly method: HttpMethod;
    readonly headers: readonly (readonly [string, string])[];
    readonly body?: string;
  },
  userAgent: string,
): PreparedRequest | Failure {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (url === undefined) return invalid("URL", "the URL is not valid");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return invalid("URL", `the URL begins with ${url.protocol}, not with http: or https:`);
  if (url.port === "0") return invalid("URL", "the URL has port 0, on which nothing can listen");
  const headers = ["user-agent", userAgent];
  let isAuthorized = false;
  for (const [name, value] of request.headers) {
    const wrong = wrongHeader(name, value);
    if (wrong !== undefined) return invalid("header", wrong);
    isAuthorized ||= name.toLowerCase() === "authorization";
    headers.push(name, value);
  }
  const credentials = isAuthorized ? undefined : basicCredentials(url);
  if (credentials !== undefined) headers.push("authorization", credentials);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers,
    body: request.body ?? null,
  };
}

/** `Basic …` for a URL with user or password; undefined for one without. */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString("base64")}`;
}

/** What is no valid encoding stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const invalid = (code: string, detail: string): Failure => ({ class: "invalid-request", code, detail });

function wrongHeader(name: string, value: string): string | undefined {
  if (!isHeaderName(name)) return `"${name}" cannot be the name of a header`;
  if (isSendersHeader(name)) return `the header ${name} is set by the sender and cannot be given`;
  return isHeaderValue(value)
    ? undefined
    : `the header ${name} has a line break, a control character or one beyond Latin-1 in its value`;
}

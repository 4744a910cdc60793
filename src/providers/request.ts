/** Requests and headers as all kinds build them. */
import { headerValue } from "../lib/http-header.ts";
import type { OutgoingHeader } from "../model/request.ts";
import { reveal, Secret } from "../model/secret.ts";
import type { Rendered } from "./contract.ts";

/** A documented JSON request; any 2xx answer is success. */
export function jsonRequest(url: Secret, headers: readonly OutgoingHeader[], body: unknown): Rendered {
  return rawRequest(url, headers, JSON.stringify(body));
}

/** The same with a body that is already text. */
export function rawRequest(url: Secret, headers: readonly OutgoingHeader[], body: string): Rendered {
  const all = [{ name: "content-type", value: "application/json" }, ...headers];
  return { form: "request", request: { url, headers: all, body }, destination: "raw" };
}

/** A header that is legal whatever its value holds (see headerValue). */
export const header = (name: string, value: string): OutgoingHeader => ({ name, value: headerValue(value) });

/** None when there is no secret. */
export const secretHeader = (name: string, secret: Secret | undefined): OutgoingHeader[] =>
  secret === undefined ? [] : [{ name, value: new Secret(headerValue(reveal(secret))) }];

/** The chat services that a URL tells by its host. */
export function chatServiceOf(url: Secret): "slack" | "discord" | undefined {
  const text = reveal(url);
  if (!URL.canParse(text)) return undefined;
  const { hostname } = new URL(text);
  if (/^hooks\.slack(-gov)?\.com$/.test(hostname)) return "slack";
  return /^((ptb|canary)\.)?discord(app)?\.com$/.test(hostname) ? "discord" : undefined;
}

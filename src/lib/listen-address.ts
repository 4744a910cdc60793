/** Addresses to listen on as people write them: `127.0.0.1:4010`, `[::1]:0`, `:4010`. */
import { isIPv4 } from "node:net";

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system pick. */
  readonly port: number;
}

/** Undefined when the text is no `host:port`. A missing host is the loopback. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] ?? (match[2] || "127.0.0.1"), port };
}

/** Such as `http://127.0.0.1:4010`. */
export function httpUrl({ host, port }: ListenAddress): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine reaches it. A name such as `127.example.com` may be any machine's. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));

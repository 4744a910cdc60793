/** New TCP and TLS connections. */
import { connect as connectTcp, isIP } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import { connect as connectTls, createSecureContext, rootCertificates } from "node:tls";
import type { SecureContext } from "node:tls";

export interface SocketTarget {
  /** Without brackets. */
  readonly hostname: string;
  /** Empty for the protocol's own. */
  readonly port: string;
  readonly protocol: string;
}

/** Calls back once: when the socket is ready (after the TLS handshake), or with what went wrong. */
export type OpenSocket = (target: SocketTarget, done: (error?: Error) => void) => Socket;

const PROBE_AFTER_MS = 60_000;
const MOST_SESSIONS = 100;

/** `ca`: certificates (PEM) to trust besides those that Node brings. TLS sessions are resumed. */
export function createOpener(lookup: LookupFunction, ca?: string): OpenSocket {
  const sessions = new Map<string, Buffer>();
  // Reading all the roots takes long enough to be done once, and only where TLS is spoken.
  let context: SecureContext | undefined;
  const trusted = (): SecureContext =>
    (context ??= createSecureContext(ca === undefined ? {} : { ca: [...rootCertificates, ca] }));
  const remember = (key: string, session: Buffer): void => {
    sessions.delete(key);
    const [oldest] = sessions.keys();
    if (oldest !== undefined && sessions.size >= MOST_SESSIONS) sessions.delete(oldest);
    sessions.set(key, session);
  };
  const open = ({ hostname, port, protocol }: SocketTarget): Socket => {
    if (protocol !== "https:") {
      return connectTcp({ host: hostname, port: port === "" ? 80 : Number(port), lookup });
    }
    // A name on a certificate, and one that is asked for, has no dot at its end.
    const servername = isIP(hostname) === 0 ? hostname.replace(/\.$/, "") : "";
    const key = `${hostname}:${port}`;
    const session = sessions.get(key);
    return connectTls({
      host: hostname,
      port: port === "" ? 443 : Number(port),
      lookup,
      servername,
      ALPNProtocols: ["http/1.1"],
      secureContext: trusted(),
      ...(session === undefined ? {} : { session }),
    }).on("session", (fresh) => remember(key, fresh));
  };
  return (target, done) => {
    const socket = open(target);
    let isDone = false;
    const settle = (error?: Error): void => {
      if (isDone) return;
      isDone = true;
      done(error);
    };
    return socket
      .setNoDelay(true)
      .setKeepAlive(true, PROBE_AFTER_MS)
      .once(target.protocol === "https:" ? "secureConnect" : "connect", () => settle())
      .on("error", settle);
  };
}

/** How the daemon is, over HTTP. */
import type { FastifyInstance } from "fastify";

export interface StatusPort {
  /** Whether everything has started and the outbox answers. */
  ready(): boolean;
  status(): Promise<DaemonStatus>;
}

/** Times are ISO 8601. */
export interface DaemonStatus {
  readonly pid: number;
  readonly startedAt: string;
  readonly ready: boolean;
  readonly config: ConfigStatus;
  readonly integrations: readonly IntegrationStatus[];
}

export interface ConfigStatus {
  /** The main file, absolute. */
  readonly file: string;
  /** When what is in force was read. */
  readonly loadedAt: string;
  /** What is wrong with the file as it is now; the last good one stays in force. */
  readonly error: { readonly at: string; readonly message: string } | null;
}

export interface IntegrationStatus {
  readonly uid: string;
  readonly name: string;
  readonly kind: string;
  readonly disabled: boolean;
  readonly reason: string | null;
  readonly timeOfFirstFailedRequest: string | null;
  readonly numberOfFailedRequests: number;
  readonly cause: string | null;
  readonly disabledAt: string | null;
  readonly probeAt: string | null;
  /** Whether held deliveries are being sent. */
  readonly recovering: boolean;
  /** How many there are of each status. */
  readonly deliveries: Readonly<Record<string, number>>;
}

export function registerStatus(api: FastifyInstance, port: StatusPort): void {
  api.get("/api/status", () => port.status());
}

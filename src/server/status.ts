/** How the daemon is, over HTTP. */
import type { FastifyInstance } from "fastify";

export interface StatusPort {
  /** Whether everything has started and the outbox answers. */
  ready(): boolean;
  /** Why not, in words; undefined when it is. */
  trouble(): string | undefined;
  /** Whether nothing new is to be taken any more. */
  stopping(): boolean;
  status(): Promise<DaemonStatus>;
}

/** Times are ISO 8601. */
export interface DaemonStatus {
  readonly pid: number;
  readonly startedAt: string;
  readonly ready: boolean;
  readonly config: ConfigStatus;
  /** What the stores have: what it delivers for. */
  readonly integrations: readonly IntegrationStatus[];
  /** What the configuration in force declares, in its order. */
  readonly declared: readonly DeclaredStatus[];
}

export interface DeclaredStatus {
  readonly key: string;
  readonly kind: string;
  readonly target: string;
  /** Whether its target is a store, so that the daemon delivers for it. */
  readonly delivered: boolean;
}

export interface ConfigStatus {
  /** The main file, absolute. */
  readonly file: string;
  /** When what is in force was read. */
  readonly loadedAt: string;
  /** Of the files that are in force. */
  readonly digest: string;
  /**
   * What is wrong with the files as they are now, with file, line and column; the last good ones stay in force. `at` is when
   * they were last found so, `since` when they first were.
   */
  readonly error: { readonly at: string; readonly since: string; readonly message: string } | null;
  /** What has changed, and takes effect only when the daemon starts again. */
  readonly restart: readonly string[];
}

export interface IntegrationStatus {
  readonly uid: string;
  readonly name: string;
  readonly kind: string;
  /** Whether its owner has switched it off in the file. */
  readonly off: boolean;
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

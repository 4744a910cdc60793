/**
 * The contract of a provider's API as a target. `connect` makes no request; the first operation does. What it throws is an
 * AppError whose message never holds a secret.
 */
import type { Clock } from "../lib/clock.ts";
import type { HttpClient } from "../lib/http.ts";
import type { RateBudgets } from "../lib/rate-budget.ts";
import type { ApiConfig } from "../model/config.ts";
import type { Kind } from "../model/field.ts";
import type { Target } from "../model/target.ts";
import type { Json } from "../model/value.ts";

export type Connect = (options: ConnectOptions) => Target;

export interface ConnectOptions {
  /** The target's name, for messages. */
  readonly target: string;
  readonly api: ApiConfig;
  /** App, organisation or account. */
  readonly scope?: string;
  /** Reads answers of up to some MiB; the deadline of a request is set here, not there. */
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Shared by all connections of the process, so that one account has one budget. */
  readonly budgets: RateBudgets;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  /** What the inventory remembers of an object; undefined for what is not in it. */
  readonly known?: (kind: Kind, remoteId: string) => Known | undefined;
  /** Told of every wait of more than a second, and of what a person should know though it went well. */
  readonly onNotice?: (notice: Notice) => void;
  /** Ends waits and requests. */
  readonly signal?: AbortSignal;
}

/** An object as it was after our last write: of InventoryEntry. */
export interface Known {
  /** Left out where some fields are ignored: then `applied` is not what the target has. */
  readonly version?: string;
  readonly applied: Readonly<Record<string, Json>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Notice {
  readonly level: "progress" | "warning";
  /** One sentence; never a secret. */
  readonly message: string;
}

/** What a configuration says once it is read, checked and trusted. Plain data with positions. */
import type { Kind, ProviderId } from "./field.ts";
import type { Secret } from "./secret.ts";
import type { Fields, Unresolved } from "./value.ts";

/** A place in a file, from 1. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How many deletions of one plan a target takes without an acknowledgement. */
export interface GuardLimits {
  readonly maxDeletes: number;
  /** Of the objects that are ours; counted from ten objects up. */
  readonly maxDeletePercent: number;
}

export const DEFAULT_GUARDS: GuardLimits = { maxDeletes: 20, maxDeletePercent: 30 };

/** Where integrations live. Exactly one of `store` and `api`. */
export interface TargetConfig {
  readonly name: string;
  readonly provider: ProviderId;
  /** App, organisation or account; undefined where the provider has none or a store target leaves it out. */
  readonly scope?: string;
  /** Absolute path of the store file, or a `postgres://` URL. */
  readonly store?: string;
  readonly api?: ApiConfig;
  readonly ownership: "recorded" | "exclusive";
  readonly guards: GuardLimits;
  readonly source: Source;
}

export interface ApiConfig {
  /** Origin; the provider's real paths are added to it. */
  readonly url: string;
  readonly authUrl?: string;
  readonly region?: string;
  /** The provider's credentials by their names, such as `token`. */
  readonly credentials: Readonly<Record<string, Secret | Unresolved | string>>;
}

/** How an integration is managed; never sent to a provider. */
export interface Manage {
  /** Deleting or replacing it is refused; remembered in the inventory. */
  readonly protect: boolean;
  /** Earlier keys of the same integration. */
  readonly previously: readonly string[];
  /** Field paths that are neither compared nor changed. */
  readonly ignore: readonly string[];
  /** Remote id of an existing object to take over. */
  readonly adopt?: string;
  /** Whether creation in a store sends a confirmation message. */
  readonly confirm: boolean;
  /** What removing the block does; `confirm` blocks until it is acknowledged. */
  readonly onRemove: "delete" | "orphan" | "confirm";
}

/** One declared resource. */
export interface IntegrationConfig {
  readonly key: string;
  readonly kind: Kind;
  /** Name of the target, resolved also where the file leaves it out. */
  readonly target: string;
  /**
   * The documented fields: event globs expanded, references kept as `{ ref: KEY }`, secrets as Secret,
   * missing variables as Unresolved. Nothing is defaulted or reordered here (see KindBehaviour.normalise).
   */
  readonly spec: Fields;
  readonly manage: Manage;
  /** Of the integration's key. */
  readonly source: Source;
  /** Position of a field's value by its path in `spec` ("" for the block), for messages found later. */
  readonly at: (path: string) => Source;
}

/** Where events come from. */
export type SourceConfig =
  | { readonly type: "file"; readonly pattern: string; readonly base: string }
  | { readonly type: "http"; readonly path: string }
  | IngestSourceConfig
  | { readonly type: "stdin" }
  | ({ readonly type: "nats" } & NatsSourceConfig);

/** A path that takes one provider's own webhooks. */
export interface IngestSourceConfig {
  readonly type: "ingest";
  readonly provider: ProviderId;
  readonly path: string;
  /**
   * Any of them will do, so that one can be replaced by the next. Empty only for a provider that sends none of its own: then
   * the path is what nobody may guess.
   */
  readonly secrets: readonly Secret[];
}

/** A durable consumer of a JetStream stream. */
export interface NatsSourceConfig {
  /** `host:port`, `nats://host:port` or `tls://host:port`; at least one, and without a user or password. */
  readonly servers: readonly string[];
  readonly stream: string;
  /** The durable's name. */
  readonly consumer: string;
  /** Only these; all of the stream when left out. */
  readonly subjects?: readonly string[];
  readonly token?: Secret;
  /** Together with `password`. */
  readonly user?: string;
  readonly password?: Secret;
  /** The text of a `.creds` file. */
  readonly credentials?: Secret;
}

/** When an integration that keeps failing is disabled, and when it is tried again. */
export interface DisableConfig {
  /** Failed attempts in a row, at least. */
  readonly failures: number;
  /** And since the first of them at least this long has passed. */
  readonly afterMs: number;
  /** How long after that one held delivery is sent, to see whether it works again. */
  readonly probeMs: number;
}

/** 20 failures over 24 hours; an hour to the first probe. */
export const DEFAULT_DISABLE: DisableConfig = {
  failures: 20,
  afterMs: 24 * 3_600_000,
  probeMs: 3_600_000,
};

export interface DaemonConfig {
  /** `host:port`; port 0 lets the system pick. */
  readonly listen: string;
  readonly token?: Secret;
  /** Absolute path of the SQLite file, or a `postgres://` URL. */
  readonly database: string;
  readonly sources: readonly SourceConfig[];
  readonly reconcile: { readonly intervalMs: number; readonly mode: "correct" | "report" };
  readonly egress: { readonly allow: readonly string[] };
  /** How long, and how much of it, what is finished is kept; for ever what says nothing. */
  readonly retention: { readonly ageMs?: number; readonly bytes?: number };
  readonly disable: DisableConfig;
}

export interface Config {
  /** The main file, absolute; `.bellhop/` lies beside it. */
  readonly file: string;
  /** Absolute folder for state and daemon.json: `.bellhop` beside the main file. */
  readonly dataDir: string;
  /** Every file read, absolute, in the order of reading. */
  readonly files: readonly string[];
  readonly targets: ReadonlyMap<string, TargetConfig>;
  /** In the order of the files. Keys are unique. */
  readonly integrations: readonly IntegrationConfig[];
  /** Absolute path of the state file, or a URL. */
  readonly state: string;
  readonly daemon: DaemonConfig;
  /** SHA-256 over the files' bytes and names, in hex. */
  readonly digest: string;
}

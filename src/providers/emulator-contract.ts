/**
 * The contract of a provider's emulator: its documented API as data and handlers as functions, free of any HTTP framework.
 * An emulator shares no code with the same provider's client, mapping or deliveries, so that both cannot hide the same
 * misunderstanding. `src/emulator/` mounts every emulator on one port.
 */
import type { Kind, ProviderId } from "../model/field.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Fields, Json } from "../model/value.ts";

export type JsonObject = { [key: string]: Json };

export interface Emulator {
  readonly id: ProviderId;
  /** Paths that begin with one of these are the provider's: it also answers for what is not there. The longest wins. */
  readonly prefixes: readonly string[];
  readonly routes: readonly EmulatorRoute[];
  /** Requests that one credential may make. */
  readonly budget: Budget;
  /** What the credential of the request is, or undefined when there is none or it is not accepted. */
  authenticate(request: EmulatedRequest, gate: Gate): string | undefined;
  /** The body of an error in the provider's form. */
  refuse(status: number, message: string): Reply;
  /** Headers that tell how much of the budget is left; on every answer. `refused`: it is the 429 of a spent budget. */
  budgetHeaders(state: BudgetState, refused: boolean): Readonly<Record<string, string>>;
  /** Form of the id of a new record, for those that a seed file brings without one. */
  newId(kind: Kind, spec: Fields, taken: ReadonlySet<string>, ids: Ids): string;
}

export interface EmulatorRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters. */
  readonly path: string;
  /** Needs no credential. */
  readonly open?: true;
  /** Takes any body, or none, and does not look at it. */
  readonly anyBody?: true;
  readonly handle: (context: EmulatorContext) => Promise<Reply> | Reply;
}

export interface EmulatedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Undefined where there is none. */
  readonly body: Json | undefined;
  /** How the client reached the emulator, such as `http://127.0.0.1:4010`. */
  readonly origin: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as plain text, anything else as JSON; left out, there is no body. */
  readonly body?: Json;
}

export interface EmulatorContext extends Gate {
  readonly request: EmulatedRequest;
  readonly records: RecordsPort;
  readonly journal: Journal;
  readonly check: Check;
  readonly ids: Ids;
}

/** What decides whether a credential is good. */
export interface Gate {
  /** Whether the secret is one that this emulator takes. */
  accepts(credential: string): boolean;
  /** For tokens that the emulator signs itself; new at every start. */
  readonly signingKey: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The store as handlers see it. */
export interface RecordsPort {
  read<T>(look: (records: RecordsView) => T): Promise<T>;
  /** One durable step: what `change` did is stored, or, when it throws, nothing is. */
  write<T>(change: (records: RecordsDraft) => T): Promise<T>;
}

export interface RecordsView {
  /** In order of creation. */
  list(kind: Kind, scope: string): readonly StoreRecord[];
  find(kind: Kind, scope: string, id: string): StoreRecord | undefined;
  /** Every scope in which there is a record of the kind. */
  scopes(kind: Kind): readonly string[];
}

export interface RecordsDraft extends RecordsView {
  insert(entry: {
    readonly kind: Kind;
    readonly scope: string;
    readonly id: string;
    readonly spec: Fields;
  }): StoreRecord;
  /** Also moves `updatedAt`. */
  replace(record: StoreRecord, spec: Fields): StoreRecord;
  remove(record: StoreRecord): void;
}

/** What the provider remembers besides resources: events of an app, deliveries of a webhook. */
export interface Journal {
  append(topic: string, scope: string, entry: JsonObject): void;
  /** In the order of appending. */
  list(topic: string, scope: string): readonly JsonObject[];
}

/**
 * Holds a value against the documented fields of a kind. Members that are not documented are left out, since real clients
 * send some; secrets come back as Secret. `partial`: nothing is required.
 */
export type Check = (kind: Kind, value: Json, options?: { readonly partial?: boolean }) => Checked;

export type Checked =
  | { readonly ok: true; readonly spec: Fields }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface Problem {
  /** Top-level field; "" for the whole. */
  readonly field: string;
  /** With dots, such as `type_data.webhook_url`. */
  readonly path: string;
  readonly message: string;
}

/** New ids; the same from run to run when the emulator is started with a random seed. */
export interface Ids {
  uuid(): string;
  /** Lower-case hexadecimal digits. */
  hex(length: number): string;
}

export interface Budget {
  readonly limit: number;
  readonly windowMs: number;
}

export interface BudgetState extends Budget {
  readonly remaining: number;
  /** Milliseconds since the epoch, at which the budget is whole again. */
  readonly resetAt: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

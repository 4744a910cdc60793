/**
 * The two sides of every kind, behind the same session: a store of ours, and the provider's API as the emulator serves it. Both keep
 * records, so that a test can look at what is really there, and change it behind Bellhop's back.
 */
import { kindSpecs, providerSpecs } from "../../../src/generated/kinds.ts";
import { emulators, providers } from "../../../src/generated/registry.ts";
import { parseFault } from "../../../src/emulator/faults.ts";
import { startEmulator } from "../../../src/emulator/server.ts";
import { createHttpClient } from "../../../src/lib/http.ts";
import { createRateBudgets } from "../../../src/lib/rate-budget.ts";
import { concealWith, revealAll } from "../../../src/model/conceal.ts";
import type { Config, IntegrationConfig, Manage, TargetConfig } from "../../../src/model/config.ts";
import type { Kind, KindSpec } from "../../../src/model/field.ts";
import type { StoreRecord } from "../../../src/model/record.ts";
import { Secret } from "../../../src/model/secret.ts";
import { Unresolved } from "../../../src/model/value.ts";
import type { Fields, Json } from "../../../src/model/value.ts";
import type { Notice } from "../../../src/providers/adapter-contract.ts";
import type { KindBehaviour } from "../../../src/providers/contract.ts";
import type { Session } from "../../../src/reconcile/session.ts";
import { openSession } from "../../../src/reconcile/session.ts";
import type { Store } from "../../../src/store/contract.ts";
import { openMemoryStore } from "../../../src/store/memory.ts";
import type { MemoryState } from "../../support/memory-state.ts";
import { memoryState } from "../../support/memory-state.ts";
import { fakeClock } from "../../providers/exchanges.ts";

const kinds = Object.fromEntries(kindSpecs.map((spec) => [spec.kind, spec]));

export function kindOf(kind: Kind): KindSpec {
  const spec = kinds[kind];
  if (spec === undefined) throw new Error(`there is no kind ${kind}`);
  return spec;
}

const conceal = concealWith(kinds);

const SCOPES: Readonly<Record<string, string>> = {
  qovery: "3c90c3cc-0d44-4b50-8888-8dd25736052a",
  cloudflare: "023e105f4ecef8ad9ca31a8372d0c353",
};

/** One that the provider takes, where it must have one. */
const scopeOf = (provider: string): string =>
  providerSpecs.find(({ id }) => id === provider)?.scope?.required === true
    ? (SCOPES[provider] ?? "storefront")
    : "";

/** What the file says of one integration, in plain JSON. */
export interface Declared {
  readonly key: string;
  readonly kind: Kind;
  readonly spec: Fields;
  readonly manage?: Partial<Manage>;
  /** Fields whose variable is not set. */
  readonly unresolved?: readonly string[];
}

/** A request to the API that changes something, as it was sent, and how it was answered. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly [name: string]: Json };
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
}

export type SideName = "store" | "api";

export interface Side {
  readonly store: Store;
  /** Where the API is; undefined for a store. */
  readonly url: string | undefined;
  readonly scope: string;
  readonly state: MemoryState;
  /** `METHOD path` of every request to the API, since the last look. */
  readonly requests: () => readonly string[];
  /** Every request that changes something, since the last look; the exchange of a token does not. */
  readonly calls: () => readonly Call[];
  /** Of every answer since the last look; undefined where there was none. */
  readonly statuses: () => readonly (number | undefined)[];
  /** Every wait of the client, in milliseconds; waiting takes no time here. */
  readonly slept: readonly number[];
  readonly notices: readonly Notice[];
  /** A session as a run of the command line has it: everything that is not in state or store is new. */
  readonly session: (declared: readonly Declared[], ownership?: TargetConfig["ownership"]) => Session;
  readonly close: () => Promise<void>;
}

export interface SideOptions {
  /** In the emulator's notation. */
  readonly faults?: readonly string[];
  /** Requests a minute; `documented` is what the provider documents. Nothing is counted without it. */
  readonly budget?: number | "documented";
  /** In place of a request's own. */
  readonly deadlineMs?: number;
}

export async function openSide(side: SideName, provider: string, options: SideOptions = {}): Promise<Side> {
  const store = openMemoryStore();
  const scope = scopeOf(provider);
  const state = memoryState();
  const notices: Notice[] = [];
  const log: string[] = [];
  const calls: Call[] = [];
  const statuses: (number | undefined)[] = [];
  const clock = fakeClock(Date.now());
  const http = createHttpClient({ maxBodyBytes: 8 * 1024 * 1024, userAgent: "bellhop-test" });
  const logged = {
    ...http,
    request: async (request: Parameters<typeof http.request>[0]) => {
      const { method, url, body } = request;
      const path = new URL(url).pathname;
      log.push(`${method} ${path}`);
      const { deadlineMs = request.deadlineMs } = options;
      const result = await http.request({ ...request, deadlineMs });
      statuses.push(result.response?.status);
      if (method !== "GET" && !path.endsWith("/tokens/exchange")) {
        calls.push({ method, path, body: JSON.parse(body ?? "{}"), status: result.response?.status });
      }
      return result;
    },
  };
  const emulator =
    side === "api"
      ? await startEmulator({
          listen: "127.0.0.1:0",
          emulators,
          kinds: kindSpecs,
          store,
          rateLimits:
            typeof options.budget === "number"
              ? new Map([[provider, { limit: options.budget, windowMs: 60_000 }]])
              : options.budget === "documented"
                ? new Map()
                : "off",
          now: clock.now,
          faults: (options.faults ?? []).map(parseFault),
        })
      : undefined;
  const budgets = createRateBudgets(clock);

  const session: Side["session"] = (declared, ownership = "recorded") =>
    openSession(configOf(provider, scope, emulator?.url, declared, ownership), {
      kindSpecs,
      providers,
      openStore: () => ({ ...store, close: () => Promise.resolve() }),
      stateStore: state,
      openApi: (config, known) => {
        const connect = providers.find(({ id }) => id === config.provider)?.connect;
        if (connect === undefined || config.api === undefined) throw new Error(`${provider} has no API`);
        return connect({
          target: config.name,
          api: config.api,
          scope,
          http: logged,
          clock,
          budgets,
          random: () => 0,
          known,
          onNotice: (notice) => notices.push(notice),
        });
      },
    });
  return {
    store,
    url: emulator?.url,
    scope,
    state,
    notices,
    requests: () => log.splice(0),
    calls: () => calls.splice(0),
    statuses: () => statuses.splice(0),
    slept: clock.slept,
    session,
    close: async () => {
      await http.close();
      await emulator?.close();
    },
  };
}

function configOf(
  provider: string,
  scope: string,
  url: string | undefined,
  declared: readonly Declared[],
  ownership: TargetConfig["ownership"],
): Config {
  const source = { file: "notifications.yaml", line: 1, column: 1 };
  const target: TargetConfig = {
    name: "there",
    provider,
    ownership,
    guards: { maxDeletes: 20, maxDeletePercent: 30 },
    source,
    ...(scope === "" ? {} : { scope }),
    ...(url === undefined
      ? { store: "/memory" }
      : { api: { url, authUrl: url, credentials: { token: new Secret("tk-us-conformance") } } }),
  };
  const integrations = declared.map(({ key, kind, spec, manage, unresolved = [] }): IntegrationConfig => ({
    key,
    kind,
    target: target.name,
    spec: {
      ...conceal(kind, structuredClone(spec)),
      ...Object.fromEntries(unresolved.map((name) => [name, new Unresolved(`\${env:${name}}`, true)])),
    },
    manage: { protect: false, previously: [], ignore: [], confirm: false, onRemove: "delete", ...manage },
    source,
    at: () => source,
  }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a session reads nothing else of it
  return {
    file: "/notifications.yaml",
    targets: new Map([[target.name, target]]),
    integrations,
  } as unknown as Config;
}

/** The record of an integration, secrets in clear. */
export async function recordsOf(side: Side, kind: Kind): Promise<readonly StoreRecord[]> {
  return (await side.store.read()).filter((record) => record.kind === kind);
}

/** An id in the provider's form. */
export const newId = (kind: Kind, spec: Fields): string => behaviourOf(kind).newId(spec, new Set());

function behaviourOf(kind: Kind): KindBehaviour {
  const [id, resource = ""] = kind.split("/");
  const behaviour = providers.find((provider) => provider.id === id)?.kinds[resource];
  if (behaviour === undefined) throw new Error(`nothing is known about ${kind}`);
  return behaviour;
}

/** The normal form of a spec in clear: what there is must be this, whichever way it came there. */
export function normalForm(kind: Kind, spec: Fields): Json {
  const normal = revealAll(behaviourOf(kind).normalise(conceal(kind, spec), kindOf(kind)));
  // Restrictions that are switched off are as good as none.
  const off = JSON.stringify(normal).includes('"restrictions":{"tags":{"enabled":false');
  return off ? withoutRestrictions(normal) : normal;
}

function withoutRestrictions(normal: Json): Json {
  const entries = Object.entries(normal as { [name: string]: Json });
  return Object.fromEntries(entries.filter(([name]) => name !== "restrictions"));
}

/** Somebody else changes the object, or makes one. */
export async function editRemotely(side: Side, kind: Kind, edit: (spec: Fields) => Fields): Promise<void> {
  await side.store.write((records) => {
    const index = records.findIndex((record) => record.kind === kind);
    const record = records[index];
    if (record === undefined) throw new Error(`there is no ${kind}`);
    const plain = revealAll(record.spec) as Fields;
    const updatedAt = new Date(Date.parse(record.updatedAt) + 1000).toISOString();
    records[index] = { ...record, spec: conceal(kind, edit(plain)), updatedAt };
  });
}

export async function addNeighbour(side: Side, kind: Kind, id: string, spec: Fields): Promise<void> {
  await side.store.write((records) => {
    const time = "2026-01-01T00:00:00.000Z";
    const record = { uid: `uid-${id}`, kind, scope: side.scope, id, spec: conceal(kind, spec) };
    records.push({ ...record, confirm: false, createdAt: time, updatedAt: time });
  });
}

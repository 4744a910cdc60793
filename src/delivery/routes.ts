/** What the stores ask for, compiled: which deliveries an event leads to, and which record each one is for. */
import type { Event } from "../model/event.ts";
import type { StoreRecord } from "../model/record.ts";
import { recordName } from "../model/record.ts";
import type { Subscription } from "../model/subscription.ts";
import type { NewDelivery } from "../outbox/contract.ts";
import type { KindBehaviour, Provider } from "../providers/contract.ts";
import { compileRoutes } from "../routing/match.ts";

/** A record with the behaviour of its kind. */
export interface Endpoint {
  readonly record: StoreRecord;
  readonly behaviour: KindBehaviour;
  /** What its schedule asks for before the first attempt. */
  readonly firstDelayMs: number;
}

export interface RouteTable {
  /** Every record that the targets deliver for, by uid. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Those of them that their owner has switched off, by uid, with what says so (`enabled is false`). */
  readonly off: ReadonlyMap<string, string>;
  /** One delivery per matching subscription, in the order of the records. */
  match(event: Event): readonly NewDelivery[];
  /** The same for an event of Bellhop's own: only who asks for it by name gets it, and never the integration it is about. */
  tell(event: Event, aboutUid: string): readonly NewDelivery[];
}

/** Which records of a store a target delivers for. */
export interface RouteScope {
  readonly provider: string;
  /** Undefined takes every scope. */
  readonly scope?: string;
}

/** A store's records, with what its targets deliver for. */
export interface RoutedRecords {
  readonly records: readonly StoreRecord[];
  readonly scopes: readonly RouteScope[];
}

export function buildRoutes(stores: readonly RoutedRecords[], providers: readonly Provider[]): RouteTable {
  const endpoints = new Map<string, Endpoint>();
  for (const { records, scopes } of stores) {
    for (const record of records) {
      const behaviour = behaviourOf(record, providers);
      const wanted = scopes.some((scope) => covers(scope, record));
      if (behaviour === undefined || !wanted) continue;
      const firstDelayMs = behaviour.policy?.(record).schedule?.[0] ?? 0;
      endpoints.set(record.uid, { record, behaviour, firstDelayMs });
    }
  }
  const subscriptions = [...endpoints.values()].flatMap(({ record, behaviour }) =>
    behaviour.subscriptions(record, siblings(record, endpoints)),
  );
  const routes = compileRoutes(subscriptions);
  const told = compileRoutes(subscriptions.flatMap(forOperators));
  return {
    endpoints,
    off: new Map(
      [...endpoints].flatMap(([uid, { record, behaviour }]) => {
        const off = behaviour.off?.(record);
        return off === undefined ? [] : [[uid, off] as const];
      }),
    ),
    match: (event) => routes.match(event).flatMap((subscription) => toDelivery(subscription, endpoints)),
    tell: (event, aboutUid) =>
      told
        .match(event)
        .filter(({ uid, destinationUid }) => uid !== aboutUid && destinationUid !== aboutUid)
        .flatMap((subscription) => toDelivery(subscription, endpoints)),
  };
}

/** The subscription with only those patterns that ask for operator events by name; none when there are none. */
function forOperators(subscription: Subscription): readonly Subscription[] {
  const { events } = subscription;
  if (events === "all") return [];
  if ("names" in events) {
    const names = events.names.filter(asksByName);
    return names.length === 0 ? [] : [{ ...subscription, events: { names } }];
  }
  // What stands before the first such pattern excludes from nothing.
  const first = events.globs.findIndex(asksByName);
  if (first === -1) return [];
  const globs = events.globs.slice(first).filter((glob) => asksByName(glob) || glob.startsWith("!"));
  return [{ ...subscription, events: { globs } }];
}

const asksByName = (pattern: string): boolean => /^(?:integration|delivery)\./.test(pattern);

/** Undefined for a kind that none of these providers has. */
export function behaviourOf(record: StoreRecord, providers: readonly Provider[]): KindBehaviour | undefined {
  const [id, resource = ""] = record.kind.split("/");
  return providers.find((provider) => provider.id === id)?.kinds[resource];
}

function covers(scope: RouteScope, record: StoreRecord): boolean {
  return (
    record.kind.startsWith(`${scope.provider}/`) &&
    (scope.scope === undefined || scope.scope === record.scope)
  );
}

/** Only kinds that name others look at them, so the list is made on demand. */
function siblings(record: StoreRecord, endpoints: ReadonlyMap<string, Endpoint>): readonly StoreRecord[] {
  if (endpoints.get(record.uid)?.behaviour.render !== undefined) return [];
  const provider = record.kind.split("/")[0];
  return [...endpoints.values()]
    .map((endpoint) => endpoint.record)
    .filter((other) => other.scope === record.scope && other.kind.split("/")[0] === provider);
}

function toDelivery(
  subscription: Subscription,
  endpoints: ReadonlyMap<string, Endpoint>,
): readonly NewDelivery[] {
  const destination = endpoints.get(subscription.destinationUid);
  if (destination === undefined) return [];
  const via = subscription.uid === subscription.destinationUid ? undefined : endpoints.get(subscription.uid);
  return [
    {
      ...newDelivery(destination.record, "schedule"),
      ...(destination.firstDelayMs > 0 ? { delayMs: destination.firstDelayMs } : {}),
      ...(via === undefined ? {} : { viaUid: via.record.uid, via: recordName(via.record) }),
    },
  ];
}

/** At once. */
export function newDelivery(record: StoreRecord, trigger: NewDelivery["trigger"]): NewDelivery {
  return {
    integrationUid: record.uid,
    integration: recordName(record),
    kind: record.kind,
    status: "pending",
    trigger,
  };
}

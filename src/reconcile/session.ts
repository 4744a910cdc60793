/**
 * A configuration joined to its targets and its state: plan, apply, plan again. What the commands and the daemon's loop share; it knows
 * no concrete provider, store or state, which are handed to it.
 */
import type { Config, TargetConfig } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Target } from "../model/target.ts";
import type { Fields } from "../model/value.ts";
import type { Known } from "../providers/adapter-contract.ts";
import type { KindBehaviour, Provider } from "../providers/contract.ts";
import type { StateData, StateStore } from "../state/contract.ts";
import { emptyState } from "../state/empty.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import type { Store } from "../store/contract.ts";
import type { Applied } from "./apply.ts";
import type { Adoption } from "./adoption.ts";
import { openAdoption } from "./adoption.ts";
import { applyPlan } from "./apply.ts";
import type { Desired, ObservedTarget, Planned } from "./input.ts";
import type { OpenTarget } from "./observe.ts";
import { observeTargets } from "./observe.ts";
import { makePlan } from "./plan.ts";
import { storeTarget } from "./store-target.ts";

/** What the inventory has of an object of this target, as of the latest plan. */
export type KnownObject = (kind: Kind, remoteId: string) => Known | undefined;

export interface SessionParts {
  readonly kindSpecs: readonly KindSpec[];
  readonly providers: readonly Provider[];
  /** Opens the store at a path; called once per path, on first use. Throws AppError where it cannot. */
  readonly openStore: (location: string) => Store;
  readonly stateStore: StateStore;
  /** Opens the API of a target. Throws AppError where it cannot. */
  readonly openApi: (config: TargetConfig, known: KnownObject) => Target;
}

/** A plan and what it was made from. Good for one apply. */
export interface SessionPlan extends Planned {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  /** Undefined before the first apply. */
  readonly state: StateData | undefined;
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Session extends Adoption {
  /** Observes and compares; writes nothing. With `destroy`, the plan that removes everything in the inventory. */
  plan(options?: { readonly destroy?: boolean }): Promise<SessionPlan>;
  /** Does what the plan says, blocked entries left out, and records it; also brings the inventory up to date where nothing changed. */
  apply(plan: SessionPlan, options?: ApplyOptions): Promise<Applied>;
  close(): Promise<void>;
}

export function openSession(config: Config, parts: SessionParts): Session {
  const kinds = Object.fromEntries(parts.kindSpecs.map((spec) => [spec.kind, spec]));
  const opened = new Map<string, OpenTarget>();
  const stores = new Map<string, Store>();
  let knownObjects: KnownObjects = new Map();
  const normalise = normaliser(kinds, parts.providers);
  const desired = desiredOf(config, normalise);

  const readState = async (): Promise<StateData | undefined> => {
    const state = await parts.stateStore.read();
    knownObjects = indexKnown(state?.inventory ?? {}, desired);
    return state;
  };
  const storeAt = (location: string): Store => {
    const store = stores.get(location) ?? parts.openStore(location);
    stores.set(location, store);
    return store;
  };
  const open = (name: string): OpenTarget | undefined => {
    const target = config.targets.get(name);
    if (target === undefined) return undefined;
    const known =
      opened.get(name) ??
      openTarget(target, parts, storeAt, (kind, id) => knownObjects.get(identity(name, kind, id)));
    opened.set(name, known);
    return known;
  };

  return {
    plan: async ({ destroy = false } = {}) => {
      const state = await readState();
      const inventory = state?.inventory ?? {};
      const names = new Set(Object.values(inventory).map((entry) => entry.target));
      if (!destroy) for (const { target } of desired) names.add(target);
      for (const target of config.targets.values()) {
        if (!destroy && target.ownership === "exclusive") names.add(target.name);
      }
      const targets = [...names].flatMap((name) => open(name) ?? []);
      const wanted = destroy ? [] : desired;
      const inUse = kindsInUse(wanted, inventory);
      const observed = await observeTargets(targets, (target) => {
        const all = parts.kindSpecs.filter(({ provider }) => provider === target.config.provider);
        // What an API is asked for costs requests; what nobody manages there is left out.
        const whole = target.keepsKeys || target.config.ownership === "exclusive";
        const used = inUse.get(target.config.name);
        return all.map(({ kind }) => kind).filter((kind) => whole || used?.has(kind) === true);
      });
      const planned = makePlan({
        desired: wanted,
        targets: observed,
        inventory,
        kinds,
        destroy,
        ...(state === undefined ? {} : { fingerprint: fingerprintWith(state.fingerprintKey) }),
      });
      return { ...planned, desired: wanted, observed, state };
    },
    apply: (plan, options = {}) =>
      applyPlan({
        planned: plan,
        desired: plan.desired,
        observed: plan.observed,
        state: plan.state ?? emptyState(),
        kinds,
        targets: new Map([...opened].map(([name, { target }]) => [name, target])),
        stateStore: parts.stateStore,
        ...options,
      }),
    ...openAdoption({ config, kinds, readState, placeOf, open, opened, normalise }),
    close: async () => {
      await Promise.all([...opened.values()].map(({ target }) => target.close()));
      await Promise.all([...stores.values()].map((store) => store.close()));
      await parts.stateStore.close();
    },
  };
}

function openTarget(
  config: TargetConfig,
  parts: SessionParts,
  storeAt: (location: string) => Store,
  known: KnownObject,
): OpenTarget {
  const place = placeOf(config);
  if (config.store === undefined) {
    return { config, target: parts.openApi(config, known), place, keepsKeys: false, confirms: () => false };
  }
  const scope = config.scope ?? "";
  const target = storeTarget({
    store: storeAt(config.store),
    scope,
    newId: (kind, spec, taken) => behaviourOf(parts.providers, kind).newId(spec, taken),
  });
  return {
    config,
    target,
    place,
    keepsKeys: true,
    // What never receives by itself has nobody to confirm to.
    confirms: (kind) => behaviourOf(parts.providers, kind).render !== undefined,
  };
}

/** See ObservedTarget. */
const placeOf = ({ provider, store, api, scope = "" }: TargetConfig): string =>
  `${provider} ${store ?? api?.url ?? ""} ${scope}`;

type KnownObjects = ReadonlyMap<string, Known>;

const identity = (target: string, kind: Kind, remoteId: string): string => `${target}\n${kind}\n${remoteId}`;

function indexKnown(inventory: StateData["inventory"], desired: readonly Desired[]): KnownObjects {
  const ignoring = new Set(desired.filter(({ manage }) => manage.ignore.length > 0).map(({ key }) => key));
  return new Map(
    Object.values(inventory).map(({ key, target, kind, remoteId, applied, secrets, version }) => {
      // Of ignored fields the inventory has what the file says, not what the target has.
      const trusted = version !== undefined && !ignoring.has(key);
      return [identity(target, kind, remoteId), { applied, secrets, ...(trusted ? { version } : {}) }];
    }),
  );
}

/** The kinds that are declared in a target or in the inventory for it. */
function kindsInUse(
  desired: readonly Desired[],
  inventory: StateData["inventory"],
): ReadonlyMap<string, ReadonlySet<Kind>> {
  const used = new Map<string, Set<Kind>>();
  for (const { target, kind } of [...desired, ...Object.values(inventory)]) {
    const kinds = used.get(target) ?? new Set();
    used.set(target, kinds.add(kind));
  }
  return used;
}

/** The declared integrations in the form that is compared, stored and sent. */
function desiredOf(config: Config, normalise: (kind: Kind, spec: Fields) => Fields): readonly Desired[] {
  return config.integrations.map(({ key, kind, target, spec, manage, source }) => ({
    key,
    kind,
    target,
    spec: normalise(kind, spec),
    manage,
    source,
  }));
}

const normaliser =
  (kinds: Readonly<Record<Kind, KindSpec>>, providers: readonly Provider[]) =>
  (kind: Kind, fields: Fields): Fields => {
    const spec = kinds[kind];
    if (spec === undefined) throw new AppError("unknown-kind", `there is no kind ${kind}`);
    return behaviourOf(providers, kind).normalise(fields, spec);
  };

function behaviourOf(providers: readonly Provider[], kind: Kind): KindBehaviour {
  const [id, resource = ""] = kind.split("/");
  const behaviour = providers.find((provider) => provider.id === id)?.kinds[resource];
  if (behaviour === undefined) throw new AppError("unknown-kind", `nothing is known about ${kind}`);
  return behaviour;
}

/**
 * A configuration joined to its targets and its state: plan, apply, plan again. What the commands and the daemon's loop share; it knows
 * no concrete provider, store or state, which are handed to it.
 */
import type { Config, TargetConfig } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Target } from "../model/target.ts";
import { Unresolved } from "../model/value.ts";
import type { Fields } from "../model/value.ts";
import type { Known } from "../providers/adapter-contract.ts";
import type { KindBehaviour, Provider } from "../providers/contract.ts";
import type { LockRequest, StateData, StateStore } from "../state/contract.ts";
import { emptyState } from "../state/empty.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import { withStateLock } from "../state/with-lock.ts";
import type { Store } from "../store/contract.ts";
import type { Applied } from "./apply.ts";
import type { Adoption } from "./adoption.ts";
import { openAdoption } from "./adoption.ts";
import { applyPlan } from "./apply.ts";
import { isIgnored } from "./diff.ts";
import { standing } from "./guard.ts";
import type { Desired, ObservedTarget, Planned } from "./input.ts";
import type { OpenTarget } from "./observe.ts";
import { observeTargets } from "./observe.ts";
import { makePlan } from "./plan.ts";
import { recover } from "./recover.ts";
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
  /** Told, in a sentence, of what a person should know though it went well. */
  readonly onNote?: (note: string) => void;
}

/** A plan and what it was made from. Good for one apply. */
export interface SessionPlan extends Planned {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  /** Undefined before the first apply. What an apply that was cut short had left open is settled in it. */
  readonly state: StateData | undefined;
  /** Whether that makes it another one than what is written. */
  readonly recovered: boolean;
  /** Targets that were not looked at, for want of credentials. */
  readonly unread: readonly string[];
}

export interface PlanOptions {
  /** The plan that removes everything in the inventory. */
  readonly destroy?: boolean;
  /** A target whose credentials are not there is left out and said to be, instead of failing. */
  readonly tolerant?: boolean;
}

export interface ApplyOptions {
  /** See `acknowledges` of guard.ts. */
  readonly acknowledged?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What an inventory can be made from anew. */
export interface Look {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
}

export type LockOptions = Pick<LockRequest, "operation" | "waitMs">;

export interface Session extends Adoption {
  /** Observes and compares; writes nothing. */
  plan(options?: PlanOptions): Promise<SessionPlan>;
  /** The state as it is now; undefined before the first apply. */
  state(): Promise<StateData | undefined>;
  /**
   * Does what the plan says and records it; also brings the inventory up to date where nothing changed. An AppError `blocked`,
   * and nothing is done, where anything stands in the way.
   */
  apply(plan: SessionPlan, options?: ApplyOptions): Promise<Applied>;
  /** Runs `action` while nobody else may write the state: what plans and then applies. */
  underLock<T>(request: LockOptions, action: () => Promise<T>): Promise<T>;
  /** What is declared and what is there, whatever the state says; writes nothing. */
  look(): Promise<Look>;
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

  const observe = async (
    wanted: readonly Desired[],
    state: StateData | undefined,
    { tolerant = false, everyStore = false } = {},
  ): Promise<Seen> => {
    const managed = [...wanted, ...Object.values(state?.inventory ?? {}), ...(state?.pending ?? [])];
    const names = new Set(managed.map(({ target }) => target));
    for (const target of config.targets.values()) {
      if (wanted === desired && target.ownership === "exclusive") names.add(target.name);
      if (everyStore && target.store !== undefined) names.add(target.name);
    }
    const unread = tolerant ? unreadable([...names].toSorted(), config) : new Map<string, string>();
    const targets = [...names].filter((name) => !unread.has(name)).flatMap((name) => open(name) ?? []);
    return { observed: await observeTargets(targets, kindsToObserve(parts.kindSpecs, managed)), unread };
  };

  return {
    plan: async ({ destroy = false, tolerant = false } = {}) => {
      const written = await readState();
      const wanted = destroy ? [] : desired;
      const seen = await observe(wanted, written, { tolerant });
      const plan = planFrom({ wanted, ...seen, written, kinds, destroy, onNote: parts.onNote });
      return { ...plan, recovered: plan.recovered || parts.stateStore.hasJournal() };
    },
    state: () => parts.stateStore.read(),
    apply: async (plan, { acknowledged, ...options } = {}) => {
      refuseBlocked(plan, acknowledged);
      return applyPlan({
        planned: plan,
        desired: plan.desired,
        observed: plan.observed,
        state: plan.state ?? emptyState(),
        recovered: plan.recovered,
        kinds,
        targets: new Map([...opened].map(([name, { target }]) => [name, target])),
        stateStore: parts.stateStore,
        ...options,
      });
    },
    ...openAdoption({ config, kinds, readState, placeOf, open, opened, normalise }),
    underLock: (request, action) => {
      const notes = parts.onNote === undefined ? {} : { onNote: parts.onNote };
      return withStateLock(parts.stateStore, { ...request, ...notes }, action);
    },
    look: async () => {
      const { observed } = await observe(desired, undefined, { everyStore: true });
      return { desired, observed, kinds };
    },
    close: async () => {
      await Promise.all([...opened.values()].map(({ target }) => target.close()));
      await Promise.all([...stores.values()].map((store) => store.close()));
      await parts.stateStore.close();
    },
  };
}

/** Throws AppError `blocked` where anything stands in the way that is not acknowledged. */
function refuseBlocked({ plan }: SessionPlan, acknowledged: string | undefined): void {
  const [first] = standing(plan, acknowledged);
  if (first === undefined) return;
  throw new AppError("blocked", `blocked: ${first.why}`, { hint: first.hint, exitCode: ExitCode.blocked });
}

/** What the targets have, and those that could not be looked at with the reason. */
interface Seen {
  readonly observed: readonly ObservedTarget[];
  readonly unread: ReadonlyMap<string, string>;
}

interface PlanParts extends Seen {
  readonly wanted: readonly Desired[];
  readonly written: StateData | undefined;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly destroy: boolean;
  readonly onNote: ((note: string) => void) | undefined;
}

function planFrom({ wanted, observed, unread, written, kinds, destroy, onNote }: PlanParts): SessionPlan {
  const common = { desired: wanted, targets: observed, unread, kinds, destroy };
  const sides = { desired: wanted, observed, unread: [...unread.keys()] };
  if (written === undefined) {
    const planned = makePlan({ ...common, inventory: {} });
    return { ...planned, ...sides, state: undefined, recovered: false };
  }
  const fingerprint = fingerprintWith(written.fingerprintKey);
  const { state, doubts, notes, changed } = recover(written, observed, kinds, fingerprint);
  for (const note of notes) onNote?.(note);
  const planned = makePlan({ ...common, inventory: state.inventory, doubts, fingerprint });
  return { ...planned, ...sides, state, recovered: changed };
}

/** The targets whose credentials are not there, with what is missing. */
function unreadable(names: readonly string[], config: Config): ReadonlyMap<string, string> {
  const unread = new Map<string, string>();
  for (const name of names) {
    const credentials = Object.values(config.targets.get(name)?.api?.credentials ?? {});
    const missing = credentials.find((value) => value instanceof Unresolved);
    if (missing !== undefined)
      unread.set(name, `not yet known: ${name} cannot be read without ${missing.reference}`);
  }
  return unread;
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
  const ignoring = new Map(desired.map(({ key, manage }) => [key, manage.ignore]));
  return new Map(
    Object.values(inventory).map(({ key, target, kind, remoteId, applied, secrets, version }) => {
      // Of ignored fields the inventory has what the file says, not what the target has.
      const ignore = ignoring.get(key) ?? [];
      const known = <T>(fields: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
        ignore.length === 0
          ? fields
          : Object.fromEntries(Object.entries(fields).filter(([path]) => !isIgnored(path, ignore)));
      const trusted = version !== undefined && ignore.length === 0;
      return [
        identity(target, kind, remoteId),
        { applied: known(applied), secrets: known(secrets), ...(trusted ? { version } : {}) },
      ];
    }),
  );
}

/** Which kinds a target is asked for. */
function kindsToObserve(
  kindSpecs: readonly KindSpec[],
  managed: readonly { readonly target: string; readonly kind: Kind }[],
): (target: OpenTarget) => readonly Kind[] {
  const inUse = new Map<string, Set<Kind>>();
  for (const { target, kind } of managed) {
    const kinds = inUse.get(target) ?? new Set();
    inUse.set(target, kinds.add(kind));
  }
  return ({ config, keepsKeys }) => {
    const all = kindSpecs.filter(({ provider }) => provider === config.provider);
    // What an API is asked for costs requests; what nobody manages there is left out.
    const whole = keepsKeys || config.ownership === "exclusive";
    const used = inUse.get(config.name);
    return all.map(({ kind }) => kind).filter((kind) => whole || used?.has(kind) === true);
  };
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

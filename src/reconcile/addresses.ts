/**
 * Where the objects of the inventory are, when the configuration says another place by now: the store file or the app of a target
 * was changed, or the target got another name. The inventory remembers the place of every object, so that nothing is looked for, or
 * taken for gone, where it never was. Pure.
 */
import { dirname, relative, resolve, sep } from "node:path";
import type { Config, TargetConfig } from "../model/config.ts";
import type { InventoryEntry, Intent, ObjectAddress, StateData } from "../state/contract.ts";
import type { ObservedTarget } from "./input.ts";

/** A target as it was when something was applied to it. */
export interface FormerTarget {
  /** What it is called in a plan: its name with the former place. */
  readonly name: string;
  /** As it must be opened; undefined where that cannot be told from the configuration. */
  readonly config?: TargetConfig;
  /** `shop was at …`, in words. */
  readonly why: string;
}

export interface Located {
  /** Every entry under the name of the target that it is in. */
  readonly state: StateData;
  readonly former: ReadonlyMap<string, FormerTarget>;
  /** Whether any entry has another name than what is written. */
  readonly renamed: boolean;
}

/** What the inventory remembers of where a target is; without credentials, and the same on every machine. */
export function addressOf({ store, api, scope }: TargetConfig, mainFile: string): ObjectAddress {
  const within = scope === undefined ? {} : { scope };
  if (store !== undefined) return { store: shownLocation(store, dirname(mainFile)), ...within };
  return api === undefined ? within : { api: shownLocation(api.url, dirname(mainFile)), ...within };
}

/** A URL without user and parameters, a path relative to the folder. */
export function shownLocation(location: string, folder: string): string {
  if (!URL.canParse(location) || !/^[a-z][a-z0-9+.-]+:\/\//i.test(location))
    return relative(folder, location).replaceAll(sep, "/");
  const { protocol, host, pathname } = new URL(location);
  return `${protocol}//${host}${pathname}`;
}

export function locate(state: StateData, config: Config): Located {
  const declared = new Map(
    [...config.targets].map(([name, target]) => [name, { target, address: addressOf(target, config.file) }]),
  );
  const former = new Map<string, FormerTarget>();
  const nameFor = (entry: Pick<InventoryEntry, "target" | "kind" | "address">): string => {
    const found = targetFor(entry, declared, config.file);
    if (typeof found === "string") return found;
    former.set(found.name, found);
    return found.name;
  };
  const moved = new Map<string, string>();
  const inventory = Object.fromEntries(
    Object.entries(state.inventory).map(([key, entry]) => {
      const target = nameFor(entry);
      if (target === entry.target) return [key, entry];
      moved.set(identity(entry), target);
      return [key, { ...entry, target }];
    }),
  );
  const pending = state.pending?.map((intent): Intent => {
    const target = intent.entry === undefined ? moved.get(identity(intent)) : nameFor(intent.entry);
    return target === undefined || target === intent.target ? intent : { ...intent, target };
  });
  const located = { ...state, inventory, ...(pending === undefined ? {} : { pending }) };
  return { state: located, former, renamed: moved.size > 0 };
}

const identity = (one: Pick<Intent, "target" | "kind" | "remoteId">): string =>
  `${one.target}\n${one.kind}\n${one.remoteId ?? ""}`;

interface Declared {
  readonly target: TargetConfig;
  readonly address: ObjectAddress;
}

/** The declared target that the entry is in, by its name; or what its own target was. */
function targetFor(
  { target: name, kind, address }: Pick<InventoryEntry, "target" | "kind" | "address">,
  targets: ReadonlyMap<string, Declared>,
  file: string,
): string | FormerTarget {
  if (address === undefined) return name;
  const own = targets.get(declaredName(name));
  const isThere = (one: Declared): boolean =>
    one.target.provider === kind.split("/", 1)[0] && sameAddress(one.address, address);
  if (own !== undefined && isThere(own)) return own.target.name;
  const other = [...targets.values()].find(isThere);
  if (other !== undefined) return other.target.name;
  return own === undefined ? name : formerTarget(own, address, file);
}

/** A former target that something was left in is named after the declared one; no declared name has a blank. */
const declaredName = (name: string): string => name.split(" (", 1)[0] ?? name;

const sameAddress = (left: ObjectAddress, right: ObjectAddress): boolean =>
  left.store === right.store && left.api === right.api && left.scope === right.scope;

function formerTarget({ target, address: now }: Declared, then: ObjectAddress, file: string): FormerTarget {
  const [before, after] = [spell(then, now), spell(now, then)];
  const name = `${target.name} (${before})`;
  const why = `${target.name} was at ${before} when it was applied, and is at ${after} now`;
  const config = reopened(target, then, now, dirname(file));
  return { name, why, ...(config === undefined ? {} : { config: { ...config, name } }) };
}

/** A store can be opened wherever it is; an API only where the same credentials went before. Never are all its objects ours. */
function reopened(
  target: TargetConfig,
  then: ObjectAddress,
  now: ObjectAddress,
  folder: string,
): TargetConfig | undefined {
  const { name, provider, guards, source, api } = target;
  const scope = then.scope === undefined ? {} : { scope: then.scope };
  const common = { name, provider, guards, source, ownership: "recorded", ...scope } as const;
  if (then.store !== undefined)
    return then.store.includes("://") ? undefined : { ...common, store: resolve(folder, then.store) };
  return then.api === now.api && api !== undefined ? { ...common, api } : undefined;
}

/** What of an address is another one than there. */
function spell(one: ObjectAddress, other: ObjectAddress): string {
  const place = one.store ?? one.api;
  const parts = [
    ...(place === (other.store ?? other.api) || place === undefined ? [] : [place]),
    ...(one.scope === other.scope ? [] : [one.scope ?? "no scope"]),
  ];
  return parts.join(", ");
}

/**
 * What came along to where its target is now, under its declared target again: a store file that was moved, an app that was renamed,
 * an API that is reached by another URL. An object with the same id, and in a store with the same key, is the same one; where some
 * came along and none is where it was, the others have come along too and are gone. `observed` has both places.
 */
export function followMoved(located: Located, observed: readonly ObservedTarget[]): Located {
  const { state, former } = located;
  if (former.size === 0) return located;
  const objects = new Map(
    observed.flatMap((target) =>
      target.objects.map((object) => [identity({ ...object, target: target.name }), { object, target }]),
    ),
  );
  const isLeft = (entry: InventoryEntry): boolean => objects.has(identity(entry));
  const isCome = (entry: InventoryEntry): boolean => {
    const found = objects.get(identity({ ...entry, target: declaredName(entry.target) }));
    return found !== undefined && (!found.target.keepsKeys || found.object.key === entry.key);
  };
  const entries = Object.values(state.inventory).filter(({ target }) => former.has(target));
  const whole = new Set(
    [...former.keys()].filter((name) => {
      const inIt = entries.filter(({ target }) => target === name);
      return inIt.some(isCome) && !inIt.some(isLeft);
    }),
  );
  // What an apply that was cut short was about to make can only be looked for where something can be looked at.
  const isLost = (name: string): boolean =>
    former.has(name) &&
    former.get(name)?.config === undefined &&
    !entries.some(({ target }) => target === name);
  const came = entries.filter((entry) => whole.has(entry.target) || (isCome(entry) && !isLeft(entry)));
  const pending = state.pending?.map((intent) =>
    whole.has(intent.target) || isLost(intent.target)
      ? { ...intent, target: declaredName(intent.target) }
      : intent,
  );
  const back = came.map((entry) => [entry.key, { ...entry, target: declaredName(entry.target) }] as const);
  const inventory = { ...state.inventory, ...Object.fromEntries(back) };
  return { ...located, state: { ...state, inventory, ...(pending === undefined ? {} : { pending }) } };
}

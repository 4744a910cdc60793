/** The targets of a session: each opened once, on first use, and those that something was left in where a target was before. */
import type { Config, TargetConfig } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { KindSpec } from "../model/field.ts";
import type { StateData, StateStore } from "../state/contract.ts";
import type { Store } from "../store/contract.ts";
import { locate } from "./addresses.ts";
import type { FormerTarget, Located } from "./addresses.ts";
import type { Desired, ObservedTarget } from "./input.ts";
import { indexKnown, nothingKnown } from "./known.ts";
import type { OpenTarget } from "./observe.ts";
import { observeTargets } from "./observe.ts";
import type { OpeningParts } from "./open-target.ts";
import { kindsToObserve, openTarget, unreadable } from "./open-target.ts";

export interface SessionParts extends OpeningParts {
  readonly kindSpecs: readonly KindSpec[];
  /** Opens the store at a path; called once per path, on first use. Throws AppError where it cannot. */
  readonly openStore: (location: string) => Store;
  readonly stateStore: StateStore;
  /** Told, in a sentence, of what a person should know though it went well. */
  readonly onNote?: (note: string) => void;
}

/** What the targets have, and those that could not be looked at with the reason. */
export interface Seen {
  readonly observed: readonly ObservedTarget[];
  readonly unread: ReadonlyMap<string, string>;
  /** Former places that could not be looked at, by their names: that matters where something is still there. */
  readonly failed: ReadonlyMap<string, AppError>;
}

export interface OpenedTargets {
  readonly opened: Map<string, OpenTarget>;
  /** Undefined for a name that no target has. */
  readonly open: (name: string) => OpenTarget | undefined;
  /** The state, its entries under the names of the targets that they are in; the targets know it from then on. */
  readonly readLocated: () => Promise<Located | undefined>;
  /** Everything in the targets that are declared or recorded; `everyStore`: and in every store. */
  readonly observe: (
    wanted: readonly Desired[],
    state: StateData | undefined,
    options?: { readonly tolerant?: boolean; readonly everyStore?: boolean },
  ) => Promise<Seen>;
  close(): Promise<void>;
}

/** `desired`: what the configuration declares. */
export function openTargets(config: Config, parts: SessionParts, desired: readonly Desired[]): OpenedTargets {
  const opened = new Map<string, OpenTarget>();
  const stores = new Map<string, Store>();
  let known = nothingKnown;
  let former: ReadonlyMap<string, FormerTarget> = new Map();

  const readLocated = async (): Promise<Located | undefined> => {
    const written = await parts.stateStore.read();
    const located = written && locate(written, config);
    former = located?.former ?? new Map();
    known = indexKnown(located?.state.inventory ?? {}, desired);
    return located;
  };
  const storeAt = (location: string): Store => {
    const store = stores.get(location) ?? parts.openStore(location);
    stores.set(location, store);
    return store;
  };
  const configOf = (name: string): TargetConfig | undefined =>
    config.targets.get(name) ?? former.get(name)?.config;
  const open = (name: string): OpenTarget | undefined => {
    const target = configOf(name);
    if (target === undefined) return undefined;
    const one =
      opened.get(name) ??
      openTarget(target, config.file, parts, storeAt, (kind, id) => known(name, kind, id));
    opened.set(name, one);
    return one;
  };

  const observe: OpenedTargets["observe"] = async (wanted, state, options = {}) => {
    const { tolerant = false, everyStore = false } = options;
    const managed = [...wanted, ...Object.values(state?.inventory ?? {}), ...(state?.pending ?? [])];
    const names = new Set(managed.map(({ target }) => target));
    for (const target of config.targets.values()) {
      if (wanted === desired && target.ownership === "exclusive") names.add(target.name);
      if (everyStore && target.store !== undefined) names.add(target.name);
    }
    const unread = tolerant ? unreadable([...names].toSorted(), configOf) : new Map<string, string>();
    const targets = [...names].filter((name) => !unread.has(name)).flatMap((name) => open(name) ?? []);
    const failed = new Map<string, AppError>();
    const readable = targets.map((target) => orFailed(target, former.get(target.config.name), failed));
    const observed = await observeTargets(readable, kindsToObserve(parts.kindSpecs, managed));
    return { observed, unread, failed };
  };

  return {
    opened,
    open,
    readLocated,
    observe,
    close: async () => {
      await Promise.all([...opened.values()].map(({ target }) => target.close()));
      await Promise.all([...stores.values()].map((store) => store.close()));
    },
  };
}

/** A target that is only looked at because something may have been left there: a failure is kept for later. */
function orFailed(
  open: OpenTarget,
  former: FormerTarget | undefined,
  failed: Map<string, AppError>,
): OpenTarget {
  if (former === undefined) return open;
  const list: OpenTarget["target"]["list"] = async (kinds) => {
    try {
      return await open.target.list(kinds);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = `${former.why}; what is still there cannot be read: ${error.message}`;
      const hint =
        "let the target be where it was until that is removed, or let it go with bellhop state rm KEY";
      failed.set(former.name, new AppError(error.code, message, { hint, cause: error }));
      return [];
    }
  };
  return { ...open, target: { ...open.target, list } };
}

/** The stores of a configuration, each opened once, with what its targets deliver for. */
import type { ScopedStore } from "../delivery/store-reads.ts";
import type { RouteScope } from "../delivery/routes.ts";
import type { Config } from "../model/config.ts";
import type { Store } from "../store/contract.ts";
import { openStore } from "./session.ts";

export function openStores(config: Config): readonly ScopedStore[] {
  return [...scopesOf(config)].map(([location, scopes]) => ({ store: openStore(location), scopes }));
}

/** By the location of the store. */
function scopesOf(config: Config): ReadonlyMap<string, readonly RouteScope[]> {
  const scopes = new Map<string, RouteScope[]>();
  for (const { store, provider, scope } of config.targets.values()) {
    if (store === undefined) continue;
    const scoped: RouteScope = { provider, ...(scope === undefined ? {} : { scope }) };
    scopes.set(store, [...(scopes.get(store) ?? []), scoped]);
  }
  return scopes;
}

export async function closeStores(stores: readonly Pick<ScopedStore, "store">[]): Promise<void> {
  await Promise.all(stores.map(({ store }) => store.close()));
}

/** The stores of a daemon, which come and go with its configuration. */
export interface LiveStores {
  readonly current: () => readonly ScopedStore[];
  /**
   * Opens what is new. One that cannot be read is an AppError, and nothing changes; otherwise `current` is what the configuration
   * says, and what is answered with closes the stores that are gone.
   */
  follow(config: Config): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

interface Opened {
  readonly store: Store;
  readonly unwatch: () => void;
}

/** `onChange` is told when the records of any of them change. */
export function openLiveStores(config: Config, onChange: () => void): LiveStores {
  let opened = new Map<string, Opened>();
  let current: readonly ScopedStore[] = [];
  const open = (location: string): Opened => {
    const store = openStore(location);
    return { store, unwatch: store.watch(onChange) };
  };
  const close = async ({ store, unwatch }: Opened): Promise<void> => {
    unwatch();
    await store.close();
  };
  const use = (stores: Map<string, Opened>, wanted: Config): void => {
    opened = stores;
    const scopes = scopesOf(wanted);
    current = [...stores].map(([location, { store }]) => ({ store, scopes: scopes.get(location) ?? [] }));
  };
  use(new Map([...scopesOf(config).keys()].map((location) => [location, open(location)])), config);
  return {
    current: () => current,
    follow: async (wanted) => {
      const next = new Map<string, Opened>();
      const added: Opened[] = [];
      try {
        for (const location of scopesOf(wanted).keys()) {
          const known = opened.get(location);
          next.set(location, known ?? open(location));
          const one = next.get(location);
          if (known !== undefined || one === undefined) continue;
          added.push(one);
          await one.store.read();
        }
      } catch (error) {
        await Promise.all(added.map(close));
        throw error;
      }
      const gone = [...opened].flatMap(([location, one]) => (next.has(location) ? [] : [one]));
      use(next, wanted);
      return async () => void (await Promise.all(gone.map(close)));
    },
    close: async () => void (await Promise.all([...opened.values()].map(close))),
  };
}

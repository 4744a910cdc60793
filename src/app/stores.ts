/** The stores of a configuration, each opened once, with what its targets deliver for. */
import type { ScopedStore } from "../delivery/engine.ts";
import type { RouteScope } from "../delivery/routes.ts";
import type { Config } from "../model/config.ts";
import { openStore } from "./session.ts";

export function openStores(config: Config): readonly ScopedStore[] {
  const scopes = new Map<string, RouteScope[]>();
  for (const { store, provider, scope } of config.targets.values()) {
    if (store === undefined) continue;
    const scoped: RouteScope = { provider, ...(scope === undefined ? {} : { scope }) };
    scopes.set(store, [...(scopes.get(store) ?? []), scoped]);
  }
  return [...scopes].map(([location, wanted]) => ({ store: openStore(location), scopes: wanted }));
}

export async function closeStores(stores: readonly ScopedStore[]): Promise<void> {
  await Promise.all(stores.map(({ store }) => store.close()));
}

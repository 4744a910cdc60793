/** What the commands over the state share. */
import { openState } from "../app/state.ts";
import { suggest } from "../config/suggest.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { InventoryEntry, StateData, StateStore } from "../state/contract.ts";
import type { Io, Options } from "./contract.ts";
import { withStateLock } from "../state/with-lock.ts";
import { loadForCommand } from "./load.ts";
import { lockOptions } from "./lock-options.ts";

/** Opens the configuration's state, reads it, and closes it. `state` is undefined before the first apply. */
export async function withState<T>(
  io: Io,
  options: Options,
  use: (state: StateData | undefined, store: StateStore, config: Config) => Promise<T> | T,
): Promise<T> {
  const config = await loadForCommand(io, options, "validate");
  const store = openState(config.state);
  try {
    return await use(await store.read(), store, config);
  } finally {
    await store.close();
  }
}

/** The same while nobody else may write the state; for a command that does. */
export function withLockedState<T>(
  io: Io,
  options: Options,
  command: string,
  use: (state: StateData | undefined, store: StateStore, config: Config) => Promise<T> | T,
): Promise<T> {
  const lock = lockOptions(io, options, command);
  return withState(io, options, (_before, store, config) =>
    withStateLock(store, lock, async () => use(await store.read(), store, config)),
  );
}

/** Throws AppError `unknown-key`. */
export function expectEntry(state: StateData | undefined, key: string): InventoryEntry {
  const inventory = state?.inventory ?? {};
  const entry = Object.hasOwn(inventory, key) ? inventory[key] : undefined;
  if (entry !== undefined) return entry;
  const keys = Object.keys(inventory);
  throw new AppError("unknown-key", `the inventory has no ${key}`, {
    hint:
      keys.length === 0
        ? "it is empty: nothing has been applied, imported or adopted yet"
        : suggest(key, keys),
  });
}

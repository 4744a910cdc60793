/** What the stores of a configuration have, for commands that do not deliver. */
import { closeStores, openStores } from "../app/stores.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";

export async function readRecords(config: Config): Promise<readonly StoreRecord[]> {
  const stores = openStores(config);
  try {
    return (await Promise.all(stores.map(({ store }) => store.read()))).flat();
  } finally {
    await closeStores(stores);
  }
}

/** The record with this key, or this `kind:id`; none is an AppError `unknown-key`. */
export async function findRecord(config: Config, name: string): Promise<StoreRecord> {
  const found = (await readRecords(config)).find((record) => recordName(record) === name);
  if (found !== undefined) return found;
  throw new AppError("unknown-key", `no store has an integration ${name}`, {
    hint: "bellhop status lists the keys; run bellhop apply if it is new",
  });
}

/** What the stores have, for commands that do not deliver. */
import path from "node:path";
import { isUrl, openStore } from "../app/session.ts";
import { openState } from "../app/state.ts";
import { closeStores, openStores } from "../app/stores.ts";
import { whatSwitchesOff } from "../app/switched-off.ts";
import { AppError } from "../model/errors.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";
import type { DaemonStatus } from "../server/status.ts";
import type { InventoryEntry, StateData } from "../state/contract.ts";
import type { DaemonClient } from "./daemon-client.ts";
import type { Ground } from "./ground.ts";

/** Of the stores of the configuration; without one, of those that the inventory in the data folder remembers. */
export async function readRecords(ground: Ground): Promise<readonly StoreRecord[]> {
  const stores =
    ground.config === undefined
      ? (await storesOf(ground)).map((location) => ({ store: openStore(location) }))
      : openStores(ground.config);
  try {
    return (await Promise.all(stores.map(({ store }) => store.read()))).flat();
  } finally {
    await closeStores(stores);
  }
}

async function storesOf(ground: Ground): Promise<readonly string[]> {
  const folder = path.dirname(ground.dataDir);
  const known = (await inventoryOf(ground)).flatMap(({ address }) => address?.store ?? []);
  return [...new Set(known.map((store) => (isUrl(store) ? store : path.resolve(folder, store))))];
}

/** By key. */
export async function readInventory(location: string): Promise<StateData["inventory"] | undefined> {
  const state = openState(location);
  try {
    return (await state.read())?.inventory;
  } finally {
    await state.close();
  }
}

/** What was applied, for when there is no configuration: of the state in the data folder, or where a wrong file still says. */
export async function inventoryOf({ config, partial, dataDir }: Ground): Promise<readonly InventoryEntry[]> {
  const location = (config ?? partial)?.state ?? path.join(dataDir, "state.json");
  return Object.values((await readInventory(location)) ?? {});
}

/** What a daemon says of itself. */
export async function askStatus(daemon: DaemonClient): Promise<DaemonStatus> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- server/status.ts answers with it
  return (await daemon.get("/api/status")) as DaemonStatus;
}

/** The uid of the record with this key, or this `kind:id`; none is an AppError `unknown-key`. */
export async function findUid(ground: Ground, name: string): Promise<string> {
  const uid =
    ground.config === undefined && ground.found.state === "here"
      ? (await askStatus(ground.found.client)).integrations.find((one) => one.name === name)?.uid
      : (await readRecords(ground)).find((record) => recordName(record) === name)?.uid;
  if (uid !== undefined) return uid;
  throw new AppError("unknown-key", `no store has an integration ${name}`, {
    hint: "bellhop status lists the keys; run bellhop apply if it is new",
  });
}

/** What switches an integration off, in words; undefined while it is on. */
export async function offOf(ground: Ground, uid: string): Promise<string | undefined> {
  const record = (await readRecords(ground)).find((one) => one.uid === uid);
  return record === undefined ? undefined : whatSwitchesOff(record);
}

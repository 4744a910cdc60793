/** What `bellhop status` lists: the integrations of the configuration, or, when that is wrong, those that are in force. */
import { switchedOffAmong, whatSwitchesOff } from "../app/switched-off.ts";
import type { StoreRecord } from "../model/record.ts";
import type { DaemonStatus } from "../server/status.ts";
import type { Ground } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { inventoryOf, readInventory, readRecords } from "./records.ts";
import type { Row } from "./status-text.ts";

/** One integration, and what the outbox knows it by. */
interface Listed {
  readonly integration: Row["integration"];
  readonly exists: boolean;
  readonly ours: boolean;
  readonly uid: string | undefined;
  readonly off: Row["off"];
}

/** `status` is that of the daemon, if one is running and told it. */
export async function readRows(ground: Ground, status: DaemonStatus | undefined): Promise<readonly Row[]> {
  const listed = await listOf(ground, status);
  const outbox = await readOutbox(ground, { health: [], counts: {} }, async (open) => ({
    health: await open.allHealth(),
    counts: await open.counts(),
  }));
  const health = new Map(outbox.health.map((entry) => [entry.integrationUid, entry]));
  return listed.map(({ uid = "", ...row }) => ({
    ...row,
    health: health.get(uid),
    counts: outbox.counts[uid] ?? {},
  }));
}

async function listOf(ground: Ground, status: DaemonStatus | undefined): Promise<readonly Listed[]> {
  const isWrong = ground.config === undefined || (status !== undefined && status.config.error !== null);
  if (isWrong && status !== undefined) return servedBy(status, ground);
  if (ground.config !== undefined) return declaredIn(ground.config, ground);
  if (ground.partial === undefined) return appliedBefore(ground);
  // The state may be the very thing that is wrong.
  const applied = await appliedBefore(ground).catch(() => []);
  return applied.length === 0 ? declaredIn(ground.partial, ground) : applied;
}

/** The configuration that a daemon goes by is not the one that is read now. */
async function servedBy(status: DaemonStatus, ground: Ground): Promise<readonly Listed[]> {
  const uids = new Map(status.integrations.map(({ name, uid }) => [name, uid]));
  const byApi = status.declared.some(({ delivered }) => !delivered);
  const applied = new Set(byApi ? (await inventoryOf(ground)).map(({ key }) => key) : []);
  const anyOff = status.integrations.some(({ off }) => off);
  const off = switchedOffAmong(anyOff ? await readRecords(ground) : []);
  return status.declared.map(({ delivered, ...integration }) => {
    const uid = delivered ? uids.get(integration.key) : undefined;
    const exists = delivered ? uid !== undefined : applied.has(integration.key);
    return { integration, ours: delivered, exists, uid, off: off.get(uid ?? "") };
  });
}

async function declaredIn(config: NonNullable<Ground["config"]>, ground: Ground): Promise<readonly Listed[]> {
  const records = byKey(await readRecords({ ...ground, config }));
  const apis = new Set(
    [...config.targets.values()].flatMap(({ api, name }) => (api === undefined ? [] : [name])),
  );
  const inventory = apis.size === 0 ? undefined : await readInventory(config.state);
  return config.integrations.map((integration) =>
    apis.has(integration.target)
      ? { integration, ours: false, exists: inventory?.[integration.key] !== undefined, ...NO_RECORD }
      : { integration, ours: true, ...ofRecord(records.get(integration.key)) },
  );
}

async function appliedBefore(ground: Ground): Promise<readonly Listed[]> {
  const records = byKey(await readRecords(ground));
  return (await inventoryOf(ground)).map(({ key, kind, target, address }) => {
    const integration = { key, kind, target };
    return address?.store === undefined
      ? { integration, ours: false, exists: true, ...NO_RECORD }
      : { integration, ours: true, ...ofRecord(records.get(key)) };
  });
}

const NO_RECORD = { uid: undefined, off: undefined };

const byKey = (records: readonly StoreRecord[]): ReadonlyMap<string | undefined, StoreRecord> =>
  new Map(records.map((record) => [record.key, record]));

const ofRecord = (record: StoreRecord | undefined): Pick<Listed, "exists" | "uid" | "off"> =>
  record === undefined
    ? { exists: false, ...NO_RECORD }
    : { exists: true, uid: record.uid, off: whatSwitchesOff(record) };

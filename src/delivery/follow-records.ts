/** What the records of now mean for the health of their integrations. */
import type { Engine } from "./engine.ts";
import { enabled, isChangedSince, withoutRecovery } from "./health.ts";
import type { RouteTable } from "./routes.ts";

/**
 * A disabled one whose record has changed since is enabled, once it is not switched off. Recoveries of those that are switched off
 * stop: to go on by themselves when they are switched on again would surprise.
 */
export async function followRecords(
  { health, change }: Pick<Engine, "health"> & { readonly change: Engine["change"] },
  { endpoints, off }: RouteTable,
): Promise<void> {
  for (const { integrationUid, recoverUntil } of health.special()) {
    if (off.has(integrationUid)) {
      if (recoverUntil !== undefined) await change(integrationUid, withoutRecovery);
      continue;
    }
    const record = endpoints.get(integrationUid)?.record;
    if (record === undefined || !isChangedSince(health.of(integrationUid), record)) continue;
    await change(integrationUid, enabled, "change");
  }
}

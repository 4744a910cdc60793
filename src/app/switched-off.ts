/** Which integrations are switched off, for commands that do not deliver. */
import { behaviourOf } from "../delivery/routes.ts";
import { providers } from "../generated/registry.ts";
import type { StoreRecord } from "../model/record.ts";

/** What switches a record off, in words (`enabled is false`); undefined while it is on. */
export const whatSwitchesOff = (record: StoreRecord): string | undefined =>
  behaviourOf(record, providers)?.off?.(record);

/** Those that are switched off, by uid, with what says so. */
export const switchedOffAmong = (records: readonly StoreRecord[]): ReadonlyMap<string, string> =>
  new Map(
    records.flatMap((record) => {
      const off = whatSwitchesOff(record);
      return off === undefined ? [] : [[record.uid, off] as const];
    }),
  );

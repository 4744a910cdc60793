/** Nothing was found for an integration: whether that may be because its name is wrong. */
import { nearestWord } from "../lib/edit-distance.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Io } from "./contract.ts";
import type { Ground } from "./ground.ts";
import { readOutbox } from "./open-outbox.ts";
import { printable } from "./table-text.ts";

/** Prints a hint on stderr when neither the configuration has an integration of this name nor any delivery is of one. */
export async function hintAtName(io: Io, ground: Ground, name: string): Promise<void> {
  const { config } = ground;
  // What a broken file declares is not known for sure.
  if (config === undefined) return;
  const keys = config.integrations.map(({ key }) => key);
  if (keys.includes(name)) return;
  const isKnown = async (outbox: Outbox): Promise<boolean> =>
    (await outbox.deliveries({ integration: name, limit: 1 })).deliveries.length > 0;
  if (await readOutbox(ground, false, isKnown)) return;
  const meant = nearestWord(name, keys);
  const then = meant === undefined ? "bellhop status lists the keys" : `did you mean ${meant}?`;
  io.err(`hint: no integration ${printable(name)} is in the configuration or the log; ${then}\n`);
}

/** What targets may know of the inventory, to save requests. */
import type { Kind } from "../model/field.ts";
import type { Known } from "../providers/adapter-contract.ts";
import type { StateData } from "../state/contract.ts";
import type { Desired } from "./input.ts";

/** What the inventory has of an object of one target, as of the latest plan. */
export type KnownObject = (kind: Kind, remoteId: string) => Known | undefined;

/** The same, of every target by its name. */
export type KnownObjects = (target: string, kind: Kind, remoteId: string) => Known | undefined;

export const nothingKnown: KnownObjects = () => undefined;

export function indexKnown(inventory: StateData["inventory"], desired: readonly Desired[]): KnownObjects {
  const ignoring = new Set(desired.filter(({ manage }) => manage.ignore.length > 0).map(({ key }) => key));
  const known = new Map(
    Object.values(inventory).map(({ key, target, kind, remoteId, applied, secrets, version }) => {
      // Of ignored fields the inventory has what the file says, not what the target has.
      const trusted = version !== undefined && !ignoring.has(key);
      return [
        identity(target, kind, remoteId),
        { applied, secrets, ...(trusted ? { version } : {}) },
      ] as const;
    }),
  );
  return (target, kind, remoteId) => known.get(identity(target, kind, remoteId));
}

const identity = (target: string, kind: Kind, remoteId: string): string => `${target}\n${kind}\n${remoteId}`;

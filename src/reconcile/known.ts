/** What targets may know of the inventory, to save requests. */
import type { Kind } from "../model/field.ts";
import type { Known } from "../providers/adapter-contract.ts";
import type { StateData } from "../state/contract.ts";
import { isIgnored } from "./diff.ts";
import type { Desired } from "./input.ts";

/** What the inventory has of an object of one target, as of the latest plan. */
export type KnownObject = (kind: Kind, remoteId: string) => Known | undefined;

/** The same, of every target by its name. */
export type KnownObjects = (target: string, kind: Kind, remoteId: string) => Known | undefined;

export const nothingKnown: KnownObjects = () => undefined;

export function indexKnown(inventory: StateData["inventory"], desired: readonly Desired[]): KnownObjects {
  const ignoring = new Map(desired.map(({ key, manage }) => [key, manage.ignore]));
  const objects = new Map(
    Object.values(inventory).map(({ key, target, kind, remoteId, applied, secrets, version }) => {
      // Of ignored fields the inventory has what the file says, not what the target has.
      const ignore = ignoring.get(key) ?? [];
      const trusted = version !== undefined && ignore.length === 0;
      const known: Known = {
        applied: without(applied, ignore),
        secrets: without(secrets, ignore),
        ...(trusted ? { version } : {}),
      };
      return [identity(target, kind, remoteId), known] as const;
    }),
  );
  return (target, kind, remoteId) => objects.get(identity(target, kind, remoteId));
}

const without = <T>(
  fields: Readonly<Record<string, T>>,
  ignore: readonly string[],
): Readonly<Record<string, T>> =>
  ignore.length === 0
    ? fields
    : Object.fromEntries(Object.entries(fields).filter(([path]) => !isIgnored(path, ignore)));

const identity = (target: string, kind: Kind, remoteId: string): string => `${target}\n${kind}\n${remoteId}`;

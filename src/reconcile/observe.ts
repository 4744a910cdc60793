/** Reads what is there: the only thing that planning does to the outside. */
import type { TargetConfig } from "../model/config.ts";
import type { Kind } from "../model/field.ts";
import type { Target } from "../model/target.ts";
import type { ObjectAddress } from "../state/contract.ts";
import type { ObservedTarget } from "./input.ts";

export interface OpenTarget {
  readonly config: TargetConfig;
  readonly target: Target;
  /** See ObservedTarget. */
  readonly place: string;
  /** See ObservedTarget. */
  readonly address: ObjectAddress;
  readonly keepsKeys: boolean;
  readonly confirms: (kind: Kind) => boolean;
}

/** Every object of the wanted kinds in every target, each target asked once and all of them at the same time. */
export function observeTargets(
  targets: readonly OpenTarget[],
  wanted: (target: OpenTarget) => readonly Kind[],
): Promise<readonly ObservedTarget[]> {
  return Promise.all(
    targets.map(async (open) => {
      const { config, target, place, address, keepsKeys, confirms } = open;
      const objects = await target.list(wanted(open));
      const { name, ownership, guards } = config;
      return { name, place, address, ownership, guards, keepsKeys, confirms, objects };
    }),
  );
}

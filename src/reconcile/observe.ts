/** Reads what is there: the only thing that planning does to the outside. */
import type { TargetConfig } from "../model/config.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Target } from "../model/target.ts";
import type { ObservedTarget } from "./input.ts";

export interface OpenTarget {
  readonly config: TargetConfig;
  readonly target: Target;
  /** See ObservedTarget. */
  readonly place: string;
  readonly keepsKeys: boolean;
  readonly confirms: (kind: Kind) => boolean;
}

/** Every object of every target, each target asked once and all of them at the same time. */
export function observeTargets(
  targets: readonly OpenTarget[],
  kinds: Readonly<Record<Kind, KindSpec>>,
): Promise<readonly ObservedTarget[]> {
  return Promise.all(
    targets.map(async ({ config, target, place, keepsKeys, confirms }) => {
      const ofProvider = Object.values(kinds).filter((kind) => kind.provider === config.provider);
      const objects = await target.list(ofProvider.map((kind) => kind.kind));
      return { name: config.name, place, ownership: config.ownership, keepsKeys, confirms, objects };
    }),
  );
}

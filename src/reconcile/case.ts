/** One integration that is being decided about. Pure. */
import type { KindSpec } from "../model/field.ts";
import type { Fields } from "../model/value.ts";
import type { Draft } from "./draft.ts";
import { confirmation } from "./draft.ts";
import type { Desired } from "./input.ts";
import { referencedKeys, replaceReferences } from "./references.ts";
import type { IndexedTarget, World } from "./world.ts";

/** One integration, with everything that deciding about it takes. */
export interface Case {
  readonly world: World;
  readonly draft: Draft;
  readonly wanted: Desired;
  readonly kind: KindSpec;
  readonly target: IndexedTarget;
  /** Remote id of a referenced integration once the plan is applied. */
  readonly idAfter: (key: string) => string;
}

/** Its spec with remote ids in place of references. */
export const withIds = ({ world, wanted, kind, idAfter }: Case): Fields =>
  world.refers(wanted.kind) ? replaceReferences(kind, wanted.spec, idAfter) : wanted.spec;

/** The keys that it refers to. */
export const referencesOf = ({ world, wanted, kind }: Case): readonly string[] =>
  world.refers(wanted.kind) ? referencedKeys(kind, wanted.spec) : [];

/** What its creation says of a confirmation message: one sentence or none. */
export function confirmationOf({ target, wanted, kind }: Case): string[] {
  if (!wanted.manage.confirm || !target.confirms(wanted.kind)) return [];
  const words = confirmation(kind, wanted.spec);
  return words === undefined ? [] : [words];
}

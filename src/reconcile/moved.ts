/** Whether an object still is what the plan saw. Looked at right before it is changed. */
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Target } from "../model/target.ts";
import type { Fingerprint } from "../state/fingerprint.ts";
import type { ObservedTarget, Step } from "./input.ts";
import { mayRefer } from "./references.ts";
import { objectFingerprint } from "./leaves.ts";

/** Rejects with AppError `target-moved`. An object that is gone is for the change itself to find. */
export type MoveCheck = (target: Target, step: Step) => Promise<void>;

export function createMoveCheck(
  observed: readonly ObservedTarget[],
  kinds: Readonly<Record<Kind, KindSpec>>,
  fingerprint: Fingerprint,
): MoveCheck {
  const seen = new Map<string, Observed>();
  for (const { name, objects } of observed) {
    for (const object of objects) {
      for (const id of [object.remoteId, ...(object.aliases ?? [])]) {
        seen.set(identity(name, object.kind, id), object);
      }
    }
  }
  return async (target, { change, dependsOn }) => {
    const { op, kind, remoteId } = change;
    if (op === "create" || op === "forget" || remoteId === undefined) return;
    const before = seen.get(identity(change.target, kind, remoteId));
    const spec = kinds[kind];
    if (before === undefined || spec === undefined) return;
    const now = await target.read(kind, remoteId);
    if (now === undefined) return;
    if (before.version !== undefined && before.version === now.version) return;
    // Removing what it referred to may have taken the reference out of it: that was this plan's own doing.
    const waited = dependsOn.length > 0;
    const digest = ({ fields }: Observed): string =>
      objectFingerprint(spec, change.key, waited ? withoutReferences(spec, fields) : fields, fingerprint);
    if (digest(before) !== digest(now)) throw moved(kind, remoteId);
  };
}

const withoutReferences = ({ fields: specs }: KindSpec, fields: Observed["fields"]): Observed["fields"] =>
  Object.fromEntries(
    Object.entries(fields).filter(([name]) => {
      const spec = specs[name];
      return spec === undefined || !mayRefer(spec);
    }),
  );

const identity = (target: string, kind: Kind, remoteId: string): string => `${target}\n${kind}\n${remoteId}`;

const moved = (kind: Kind, remoteId: string): AppError =>
  new AppError("target-moved", `${kind} ${remoteId} moved since the plan, and was left as it is`, {
    hint: "run again: the new plan shows what it is by now",
  });

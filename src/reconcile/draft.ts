/** A plan while it is being made. */
import type { Source } from "../model/config.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type {
  Blocked,
  Change,
  FieldChange,
  Kept,
  Observed,
  Op,
  Precondition,
  Unknown,
} from "../model/plan.ts";
import { Secret, reveal } from "../model/secret.ts";
import { isObject } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";
import { objectFingerprint } from "./leaves.ts";
import { isEmpty } from "./values.ts";
import type { World } from "./world.ts";

/** A change with what ordering and applying it take. */
export interface Drafted {
  readonly change: Change;
  readonly spec?: Fields;
  /** Keys that it refers to. */
  readonly references: readonly string[];
  /** Keys that its object referred to when it was last applied. */
  readonly formerReferences: readonly string[];
  /** The name that it takes or gives up, within its target and kind. */
  readonly name?: string;
  /** A deletion that only an acknowledgement lets pass. */
  readonly mustConfirm?: boolean;
}

export interface Draft {
  readonly drafted: Drafted[];
  readonly kept: Kept[];
  readonly blocked: Blocked[];
  readonly unknown: Unknown[];
  /** Objects that a declared integration or a removal is about: no neighbours. */
  readonly taken: Set<Observed>;
  /** Inventory keys that a declared integration stands for. */
  readonly claimed: Set<string>;
}

export const newDraft = (): Draft => ({
  drafted: [],
  kept: [],
  blocked: [],
  unknown: [],
  taken: new Set(),
  claimed: new Set(),
});

/** Whom a change is about. */
export interface Subject {
  readonly key: string;
  readonly kind: Kind;
  readonly target: string;
}

interface ChangeParts {
  readonly op: Op;
  readonly remoteId?: string | undefined;
  readonly fields?: readonly FieldChange[];
  readonly precondition: Precondition;
  readonly sideEffects?: readonly string[];
  readonly source?: Source | null;
  readonly drift?: boolean;
}

/** A change with its members in the published order. */
export function newChange(subject: Subject, parts: ChangeParts): Change {
  const { key, kind, target } = subject;
  const { op, remoteId, fields = [], precondition, sideEffects = [], source = null, drift = false } = parts;
  const id = remoteId === undefined ? {} : { remoteId };
  return { op, key, kind, target, ...id, fields, precondition, sideEffects, source, drift };
}

export function block(
  draft: Draft,
  subject: Subject,
  refusal: { readonly op: Op; readonly remoteId?: string; readonly why: string; readonly hint: string },
): void {
  const { key, kind, target } = subject;
  const { op, remoteId = null, why, hint } = refusal;
  draft.blocked.push({ op, key, kind, target, remoteId, why, hint });
}

/** What must still be there when the change is applied. */
export function whatWasSeen(world: World, subject: Subject, object: Observed): Precondition {
  const kind = world.kinds[subject.kind];
  if (kind === undefined) return { none: true };
  return { fingerprint: objectFingerprint(kind, subject.key, object.fields, world.fingerprint) };
}

/** Says that creation posts a message, and where to; undefined where the spec names no URL that it could be posted to. */
export function confirmation(kind: KindSpec, spec: Fields): string | undefined {
  const url = destination(kind.fields, spec);
  if (url === undefined) return undefined;
  const plain = url instanceof Secret ? reveal(url) : "";
  const host = URL.canParse(plain) ? new URL(plain).host : "";
  return host === ""
    ? "sends a confirmation message"
    : `sends a confirmation message to ${new URL(plain).protocol}//${host}/…`;
}

/** The first value of a field that is a secret URL. */
function destination(fields: KindSpec["fields"], spec: Fields): Value | undefined {
  for (const [name, field] of Object.entries(fields)) {
    const value: Value | undefined = spec[name];
    if (field.secret === "url" && value !== undefined && !isEmpty(value)) return value;
    if (field.fields !== undefined && isObject(value)) {
      const nested = destination(field.fields, value);
      if (nested !== undefined) return nested;
    }
  }
  return undefined;
}

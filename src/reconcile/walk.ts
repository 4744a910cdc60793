/** Walks the leaves of documented fields by their traits. Arrays are one leaf; objects and maps are walked into. */
import type { FieldSpec, KindSpec } from "../model/field.ts";
import { isObject, ownValue } from "../model/value.ts";
import type { Fields, Value } from "../model/value.ts";

/** What a leaf inherits from the fields that it stands in. */
export interface Traits {
  readonly secret: boolean;
  readonly writeOnly: boolean;
  readonly forceNew: boolean;
}

/** A place with a value on either side. `path` is dotted, such as `events.trigger:build:start`. */
export interface Leaf {
  readonly path: string;
  readonly desired: Value | undefined;
  readonly observed: Value | undefined;
  /** Undefined for a field that is not documented. */
  readonly spec: FieldSpec | undefined;
  readonly traits: Traits;
}

const NO_TRAITS: Traits = { secret: false, writeOnly: false, forceNew: false };
const NO_FIELDS: Fields = {};
const FALSE_WHEN_ABSENT: FieldSpec = { type: "boolean", description: "", default: false };

export interface Walk {
  /** Whether both values are the same for this field, so that `visit` need not be told. */
  readonly same: (
    spec: FieldSpec | undefined,
    desired: Value | undefined,
    observed: Value | undefined,
  ) => boolean;
  readonly visit: (leaf: Leaf) => void;
}

/** Visits every comparable leaf that is not the same on both sides; read-only and volatile ones are not compared. */
export function walkPair(kind: KindSpec, desired: Fields, observed: Fields, walk: Walk): void {
  walkFields(kind.fields, desired, observed, "", NO_TRAITS, walk);
}

function walkFields(
  specs: Readonly<Record<string, FieldSpec>>,
  desired: Fields,
  observed: Fields,
  prefix: string,
  inherited: Traits,
  walk: Walk,
): void {
  for (const name in specs) {
    const spec = specs[name];
    if (spec !== undefined) walkValue(spec, desired[name], observed[name], prefix, name, inherited, walk);
  }
  for (const name in desired) {
    if (specs[name] === undefined) {
      walkValue(undefined, desired[name], observed[name], prefix, name, inherited, walk);
    }
  }
}

// oxlint-disable-next-line max-params -- called for every field of every object: an argument object would cost more than the comparison
function walkValue(
  spec: FieldSpec | undefined,
  desired: Value | undefined,
  observed: Value | undefined,
  prefix: string,
  name: string,
  inherited: Traits,
  walk: Walk,
): void {
  const neither = desired === undefined && observed === undefined;
  if (neither && spec?.writeOnly !== true && !inherited.writeOnly) return;
  if (spec?.readOnly === true || spec?.volatile === true) return;
  // Of what never comes back, memory is by leaf also where nothing is left of it.
  if (spec?.fields !== undefined && isNestable(desired) && isNestable(observed)) {
    const traits = withTraits(inherited, spec);
    walkFields(spec.fields, desired ?? NO_FIELDS, observed ?? NO_FIELDS, `${prefix}${name}.`, traits, walk);
    return;
  }
  if (!neither && spec?.type === "map" && isNestable(desired) && isNestable(observed)) {
    walkMap(
      spec,
      desired ?? NO_FIELDS,
      observed ?? NO_FIELDS,
      `${prefix}${name}.`,
      withTraits(inherited, spec),
      walk,
    );
    return;
  }
  const hidden = observed === undefined && (inherited.writeOnly || spec?.writeOnly === true);
  if (!hidden && walk.same(spec, desired, observed)) return;
  walk.visit({ path: prefix + name, desired, observed, spec, traits: withTraits(inherited, spec) });
}

// oxlint-disable-next-line max-params -- as above
function walkMap(
  spec: FieldSpec,
  desired: Fields,
  observed: Fields,
  prefix: string,
  traits: Traits,
  walk: Walk,
): void {
  // A flag that a map does not name is not set.
  const values =
    spec.values?.type === "boolean" && spec.values.default === undefined ? FALSE_WHEN_ABSENT : spec.values;
  for (const key in desired)
    walkValue(values, desired[key], ownValue(observed, key), prefix, key, traits, walk);
  for (const key in observed) {
    if (!Object.hasOwn(desired, key)) walkValue(values, undefined, observed[key], prefix, key, traits, walk);
  }
}

const isNestable = (value: Value | undefined): value is Fields | undefined =>
  value === undefined || isObject(value);

function withTraits(inherited: Traits, spec: FieldSpec | undefined): Traits {
  if (spec === undefined) return inherited;
  const secret = inherited.secret || spec.secret !== undefined || spec.items?.secret !== undefined;
  const writeOnly = inherited.writeOnly || spec.writeOnly === true;
  const forceNew = inherited.forceNew || spec.forceNew === true;
  return secret || writeOnly || forceNew ? { secret, writeOnly, forceNew } : NO_TRAITS;
}

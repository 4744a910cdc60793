/**
 * The documented fields of a kind, as data. Written by hand in schemas/fields/<provider>.yaml, carried into
 * src/generated/kinds.ts by `npm run generate`. Everything that treats one field differently from
 * another reads it from here: no kind or field is named in the differ, the validator or the printers.
 */
import type { Json } from "./value.ts";

export type ProviderId = "bellhop" | "northflank" | "scalingo" | "qovery" | "cloudflare" | (string & {});

/** `provider/resource`, such as `northflank/notification`. */
export type Kind = string;

/** Holds when the field at `path` (dots, from the top of `spec`) has one of `values`; a field left out counts as its default. */
export interface FieldCondition {
  readonly path: string;
  readonly values: readonly (string | boolean)[];
}

export type FieldType = "string" | "integer" | "number" | "boolean" | "array" | "object" | "map";

export interface FieldSpec {
  readonly type: FieldType;
  /** One sentence in our own words. */
  readonly description: string;
  /** Page it is documented on, when not the kind's own. */
  readonly page?: string;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  /** In words, for messages: what `pattern` accepts. */
  readonly patternHint?: string;
  readonly format?: "uri" | "date-time" | "uuid" | "email" | "duration";
  readonly enum?: readonly string[];
  /** The list of `enum` may grow at the provider: an unknown value is a warning (an error under --strict). */
  readonly open?: boolean;
  /** Values of `enum` that a store takes and the provider's API does not (it only gives them back). */
  readonly storeOnly?: readonly string[];
  /** The field is an error unless this holds. */
  readonly onlyWith?: FieldCondition;
  /** The field must be there, and not be empty, when this holds. */
  readonly requiredWith?: FieldCondition;
  /** What is used when the field is left out, on the provider's side too. */
  readonly default?: unknown;
  /** Of an array. */
  readonly items?: FieldSpec;
  /** Of an object. */
  readonly fields?: Readonly<Record<string, FieldSpec>>;
  /** Of a map: its values. Its known keys are `keys`. */
  readonly values?: FieldSpec;
  /** Of a map: the documented keys; `open` says whether there may be others. */
  readonly keys?: readonly string[];
  /** Of a map: what every key matches, whole, and that in words. */
  readonly keyPattern?: string;
  readonly keyHint?: string;
  /** Of a map: keys that are not to be given, in whatever case. */
  readonly reservedKeys?: readonly string[];
  /** Of a map: keys that differ in case alone are the same. */
  readonly ignoreKeyCase?: boolean;
  /** `globs`: also takes a list of globs over `keys` (map) or `items.enum` (array), with `!` to exclude. */
  readonly globs?: boolean;
  /** Holds event types: a misspelt one is found, and no event at all is worth a warning. */
  readonly events?: boolean;
  /** Globs for those events whose payload carries values that may be secret. */
  readonly leaky?: readonly string[];
  /** `true` for a secret; `url` for a URL that carries a credential. Printed masked, read as a Secret. */
  readonly secret?: true | "url";
  /** Set by the provider; an error in YAML. */
  readonly readOnly?: boolean;
  /** Of a read-only field: the writable field that says the same in YAML (`platform` for `platform_id`). */
  readonly writtenAs?: string;
  /** Never given back by the provider's API. */
  readonly writeOnly?: boolean;
  /** Of a write-only field: the read-only boolean beside it that says whether the provider has a value. */
  readonly toldBy?: string;
  /** The provider may give back only the beginning of the value. */
  readonly clipped?: boolean;
  /** Changes by itself: never compared. */
  readonly volatile?: boolean;
  /** A change means a new object. */
  readonly forceNew?: boolean;
  /** Of a write-only field: no update takes it away, so that leaving it out means a new object. */
  readonly removeByReplacing?: boolean;
  /** An array without order. */
  readonly set?: boolean;
  /** Case does not matter when comparing. */
  readonly ignoreCase?: boolean;
  /** Names another integration: `{ ref: KEY }` of this kind is accepted in place of `{ id }`. */
  readonly ref?: Kind;
}

/** One resource of one provider. */
export interface KindSpec {
  readonly kind: Kind;
  readonly provider: ProviderId;
  readonly resource: string;
  readonly title: string;
  readonly description: string;
  /** The documentation page that the fields come from. */
  readonly page: string;
  /** Field that people know the object by; unique within one target. Absent where the resource has no name. */
  readonly nameField?: string;
  /** Why this kind should no longer be used against the provider's API, when it should not. */
  readonly superseded?: string;
  /** The request that changes an object of the provider's API: `PUT` takes the place of everything, what a `PATCH` or `POST` leaves out stays. */
  readonly update?: "PUT" | "PATCH" | "POST";
  /** A valid spec, as a provider takes it, with as many of the fields as go together. */
  readonly example: { readonly [name: string]: Json };
  readonly fields: Readonly<Record<string, FieldSpec>>;
}

/** How a provider's targets are scoped: `scalingo: app`, `qovery: organizationId`, `cloudflare: accountId`. */
export interface ProviderSpec {
  readonly id: ProviderId;
  readonly title: string;
  /** The target's scope property and whether an API target must have it. */
  readonly scope?: { readonly name: string; readonly required: boolean; readonly description: string };
  /** The origin of the real API; `{region}` is filled from the target. Absent for our own provider. */
  readonly apiUrl?: string;
  /** Where a token is exchanged, when that is another origin. */
  readonly authUrl?: string;
  readonly regions?: readonly string[];
  /** What `api:` takes besides `url`: credentials. */
  readonly credentials?: Readonly<Record<string, FieldSpec>>;
}

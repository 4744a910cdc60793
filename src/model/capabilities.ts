/** What a kind can do, as far as its documented fields say it: what people compare, and what the reference prints. Pure. */
import type { FieldSpec, KindSpec, ProviderSpec } from "./field.ts";

export interface Capabilities {
  readonly targets: readonly ("store" | "api")[];
  /** Why the API should no longer be used, where it should not. */
  readonly superseded: string | null;
  /** The request that changes an object of the API; null where there is no API. */
  readonly update: NonNullable<KindSpec["update"]> | null;
  /** Paths of the fields whose change makes a new object. */
  readonly replacedBy: readonly string[];
  readonly secrets: readonly SecretCapability[];
  /** Paths of the fields that the API never gives back, secrets included. */
  readonly neverGivenBack: readonly string[];
  /** The fields that choose events. */
  readonly events: readonly EventCapability[];
  /** Paths of the fields that name other integrations, and of which kind. */
  readonly references: readonly { readonly path: string; readonly kind: string }[];
}

export interface SecretCapability {
  readonly path: string;
  /**
   * What the API gives back of it: all, perhaps only the beginning, nothing but whether there is one, or nothing. A store gives
   * everything back.
   */
  readonly readBack: "whole" | "in part" | "presence" | "never";
}

export interface EventCapability {
  readonly path: string;
  /** Whether globs stand for the names that are documented. */
  readonly globs: boolean;
  /** How many names are documented. */
  readonly documented: number;
  /** Whether there may be others. */
  readonly open: boolean;
}

export function capabilitiesOf(kind: KindSpec, provider: ProviderSpec | undefined): Capabilities {
  const hasApi = provider?.apiUrl !== undefined;
  const leaves = writable(kind.fields, "", false);
  return {
    targets: hasApi ? ["store", "api"] : ["store"],
    superseded: kind.superseded ?? null,
    update: hasApi ? (kind.update ?? null) : null,
    replacedBy: leaves.filter(({ field }) => field.forceNew === true).map(({ path }) => path),
    secrets: leaves.flatMap(({ path, field, hidden }) =>
      (field.secret ?? field.values?.secret ?? field.items?.secret) === undefined
        ? []
        : [{ path, readBack: readBack(field, hidden) }],
    ),
    neverGivenBack: leaves.filter(({ field }) => field.writeOnly === true).map(({ path }) => path),
    events: leaves.flatMap(({ path, field }) => (field.events === true ? [eventsOf(path, field)] : [])),
    references: leaves.flatMap(({ path, field }) => {
      const of = field.ref ?? field.items?.ref;
      return of === undefined ? [] : [{ path, kind: of }];
    }),
  };
}

interface Place {
  readonly path: string;
  readonly field: FieldSpec;
  /** Whether it, or what it stands in, is never given back. */
  readonly hidden: boolean;
}

function writable(
  fields: Readonly<Record<string, FieldSpec>>,
  above: string,
  within: boolean,
): readonly Place[] {
  return Object.entries(fields).flatMap(([name, field]): readonly Place[] => {
    if (field.readOnly === true) return [];
    const path = above + name;
    const hidden = within || field.writeOnly === true;
    return [{ path, field, hidden }, ...writable(field.fields ?? {}, `${path}.`, hidden)];
  });
}

function readBack(field: FieldSpec, hidden: boolean): SecretCapability["readBack"] {
  if (field.toldBy !== undefined) return "presence";
  if (hidden) return "never";
  return field.clipped === true ? "in part" : "whole";
}

function eventsOf(path: string, field: FieldSpec): EventCapability {
  const names = field.keys ?? field.items?.enum ?? field.enum ?? [];
  const open = field.open ?? field.items?.open ?? names.length === 0;
  return { path, globs: field.globs === true || names.length === 0, documented: names.length, open };
}

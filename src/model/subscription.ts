/** Which events a stored record asks for: the rule that routing compiles into an index. */
import type { ProviderId } from "./field.ts";

export interface Subscription {
  /** uid of the record that asks. */
  readonly uid: string;
  /** uid of the record that receives: the same, except for a Cloudflare policy, which names webhooks. */
  readonly destinationUid: string;
  /** A subscription that is not enabled matches nothing. */
  readonly enabled: boolean;
  /**
   * `any`: events of every provider. Otherwise that provider's events, and CloudEvents whose type it knows.
   */
  readonly provider: ProviderId | "any";
  /**
   * Compared with an event's type and aliases. `names` exactly, case included; `globs` in order with `!` to exclude
   * (a list that starts with an exclusion starts from everything); `all` takes every event.
   */
  readonly events: { readonly names: readonly string[] } | { readonly globs: readonly string[] } | "all";
  /** App, organisation or account: an event that names another one does not match; one that names none does. */
  readonly scope?: string;
  /**
   * Wildcards on id or name, case ignored, in order with `!` to exclude. An event that names none does not match. Empty or
   * absent: no filter.
   */
  readonly projects?: readonly string[];
  readonly environments?: readonly string[];
  /**
   * Exact environment modes (Qovery's types), case ignored. Where an event states no mode, its environment's id or name
   * is compared.
   */
  readonly environmentModes?: readonly string[];
  /** Further conditions on the payload: every one must hold. */
  readonly conditions?: readonly Condition[];
}

/**
 * Holds when any (or with `every`, each) of `values` is found at one of `paths` (dots) of the event's data. A path goes
 * through the items of lists. Numbers and booleans are compared as text, case is ignored, and so are the hyphens of UUIDs.
 */
export interface Condition {
  readonly paths: readonly string[];
  readonly values: readonly string[];
  readonly every?: boolean;
}

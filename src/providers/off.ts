/** Kinds that a field of their own switches off. */
import type { KindBehaviour } from "./contract.ts";

/** For kinds whose `field` says whether they send: only `false` switches off, so that a missing one does not. */
export const offUnless =
  (field: string): NonNullable<KindBehaviour["off"]> =>
  ({ spec }) =>
    spec[field] === false ? `${field} is false` : undefined;

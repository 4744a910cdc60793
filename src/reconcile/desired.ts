/** The declared integrations in the form that is compared, stored and sent. */
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Fields } from "../model/value.ts";
import type { KindBehaviour, Provider } from "../providers/contract.ts";
import type { Desired } from "./input.ts";

export type Normalise = (kind: Kind, fields: Fields) => Fields;

export const desiredOf = (config: Config, normalise: Normalise): readonly Desired[] =>
  config.integrations.map(({ key, kind, target, spec, manage, source }) => ({
    key,
    kind,
    target,
    spec: normalise(kind, spec),
    manage,
    source,
  }));

/** Throws AppError `unknown-kind`. */
export const normaliser =
  (kinds: Readonly<Record<Kind, KindSpec>>, providers: readonly Provider[]): Normalise =>
  (kind, fields) => {
    const spec = kinds[kind];
    if (spec === undefined) throw new AppError("unknown-kind", `there is no kind ${kind}`);
    return behaviourOf(providers, kind).normalise(fields, spec);
  };

/** Throws AppError `unknown-kind`. */
export function behaviourOf(providers: readonly Provider[], kind: Kind): KindBehaviour {
  const [id, resource = ""] = kind.split("/");
  const behaviour = providers.find((provider) => provider.id === id)?.kinds[resource];
  if (behaviour === undefined) throw new AppError("unknown-kind", `nothing is known about ${kind}`);
  return behaviour;
}

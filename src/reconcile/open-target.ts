/** Targets as a session opens them: our stores by themselves, the APIs of providers by what it is handed. */
import type { TargetConfig } from "../model/config.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import { placeOf } from "../model/place.ts";
import type { Target } from "../model/target.ts";
import { Unresolved } from "../model/value.ts";
import type { Provider } from "../providers/contract.ts";
import type { Store } from "../store/contract.ts";
import { addressOf } from "./addresses.ts";
import { behaviourOf } from "./desired.ts";
import type { KnownObject } from "./known.ts";
import type { OpenTarget } from "./observe.ts";
import { storeTarget } from "./store-target.ts";

export interface OpeningParts {
  readonly providers: readonly Provider[];
  /** Opens the API of a target. Throws AppError where it cannot. */
  readonly openApi: (config: TargetConfig, known: KnownObject) => Target;
}

/** `mainFile` is what addresses are relative to. */
// oxlint-disable-next-line max-params -- what one target needs of a session
export function openTarget(
  config: TargetConfig,
  mainFile: string,
  { providers, openApi }: OpeningParts,
  storeAt: (location: string) => Store,
  known: KnownObject,
): OpenTarget {
  const place = placeOf(config);
  const address = addressOf(config, mainFile);
  if (config.store === undefined) {
    return {
      config,
      target: openApi(config, known),
      place,
      address,
      keepsKeys: false,
      confirms: () => false,
    };
  }
  const target = storeTarget({
    store: storeAt(config.store),
    scope: config.scope ?? "",
    newId: (kind, spec, taken) => behaviourOf(providers, kind).newId(spec, taken),
  });
  return {
    config,
    target,
    place,
    address,
    keepsKeys: true,
    // What never receives by itself has nobody to confirm to.
    confirms: (kind) => behaviourOf(providers, kind).render !== undefined,
  };
}

/** Those of the targets whose credentials are not there, with what is missing. */
export function unreadable(
  names: readonly string[],
  targetOf: (name: string) => TargetConfig | undefined,
): ReadonlyMap<string, string> {
  const unread = new Map<string, string>();
  for (const name of names) {
    const credentials = Object.values(targetOf(name)?.api?.credentials ?? {});
    const missing = credentials.find((value) => value instanceof Unresolved);
    if (missing !== undefined)
      unread.set(name, `not yet known: ${name} cannot be read without ${missing.reference}`);
  }
  return unread;
}

/** Which kinds a target is asked for. */
export function kindsToObserve(
  kindSpecs: readonly KindSpec[],
  managed: readonly { readonly target: string; readonly kind: Kind }[],
): (target: OpenTarget) => readonly Kind[] {
  const inUse = new Map<string, Set<Kind>>();
  for (const { target, kind } of managed) {
    const kinds = inUse.get(target) ?? new Set();
    inUse.set(target, kinds.add(kind));
  }
  return ({ config, keepsKeys }) => {
    const all = kindSpecs.filter(({ provider }) => provider === config.provider);
    // What an API is asked for costs requests; what nobody manages there is left out.
    const whole = keepsKeys || config.ownership === "exclusive";
    const used = inUse.get(config.name);
    return all.map(({ kind }) => kind).filter((kind) => whole || used?.has(kind) === true);
  };
}

/** What differs between two configurations, as far as a daemon that runs has to do something about it. Pure. */
import type { Config, SourceConfig, TargetConfig } from "../model/config.ts";
import { Secret } from "../model/secret.ts";

export interface Difference {
  /** Something that a plan is made from: targets, integrations, where the state lies. */
  readonly plan: boolean;
  /** Stores, or whom they are delivered for. */
  readonly stores: boolean;
  readonly sources: { readonly added: readonly SourceConfig[]; readonly removed: readonly SourceConfig[] };
  /** Settings of the `daemon` block that take effect at once, by name. */
  readonly settings: readonly Setting[];
  /** Settings that take effect only when the daemon starts. */
  readonly restart: readonly ("daemon.listen" | "daemon.database")[];
}

const SETTINGS = ["token", "reconcile", "egress", "retention", "disable"] as const;
export type Setting = (typeof SETTINGS)[number];

export function difference(before: Config, after: Config): Difference {
  return {
    plan:
      before.state !== after.state ||
      !same([...before.targets.values()].map(withoutPlace), [...after.targets.values()].map(withoutPlace)) ||
      !same(before.integrations.map(withoutPlace), after.integrations.map(withoutPlace)),
    stores: !same(storesOf(before), storesOf(after)),
    sources: {
      added: missingIn(before.daemon.sources, after.daemon.sources),
      removed: missingIn(after.daemon.sources, before.daemon.sources),
    },
    settings: SETTINGS.filter((name) => !same(before.daemon[name], after.daemon[name])),
    restart: [
      ...(before.daemon.listen === after.daemon.listen ? [] : (["daemon.listen"] as const)),
      ...(before.daemon.database === after.daemon.database ? [] : (["daemon.database"] as const)),
    ],
  };
}

/** The same with all that is followed, for when nobody knows how much of a configuration has been taken up. */
export const inFull = (found: Difference): Difference => ({ ...found, stores: true, settings: SETTINGS });

/** Whether nothing is to be done: comments, say, or the order of lines. */
export const isNothing = ({ plan, stores, sources, settings, restart }: Difference): boolean =>
  !plan && !stores && sources.added.length + sources.removed.length + settings.length + restart.length === 0;

const missingIn = (have: readonly SourceConfig[], all: readonly SourceConfig[]): readonly SourceConfig[] =>
  all.filter((one) => !have.some((other) => same(one, other)));

/** Positions change with every line above, and mean nothing. */
function withoutPlace<T extends { readonly source: unknown; readonly at?: unknown }>(
  declared: T,
): Omit<T, "source" | "at"> {
  const { source: _source, at: _at, ...rest } = declared;
  return rest;
}

const storesOf = ({ targets }: Config): readonly unknown[] =>
  [...targets.values()].flatMap(({ store, provider, scope }: TargetConfig) =>
    store === undefined ? [] : [{ store, provider, scope }],
  );

/** Plain data and secrets, compared by what they hold. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Secret || other instanceof Secret)
    return one instanceof Secret && other instanceof Secret && one.equals(other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const name of names) if (!same(Reflect.get(one, name), Reflect.get(other, name))) return false;
  return true;
}

/** The part of a session that takes over what exists. */
import type { Config, IntegrationConfig, TargetConfig } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Target } from "../model/target.ts";
import type { Fields } from "../model/value.ts";
import type { InventoryEntry, StateData } from "../state/contract.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import type { Importable } from "./import.ts";
import { importObjects, nameMark } from "./import.ts";
import type { Desired, ObservedTarget, Planned } from "./input.ts";
import type { OpenTarget } from "./observe.ts";
import { observeTargets } from "./observe.ts";
import type { Refusal } from "./take-over.ts";
import { planTakeOver } from "./take-over.ts";

/** A target as it was found. */
export interface Survey {
  readonly observed: ObservedTarget;
  /** Undefined before the first apply. */
  readonly state: StateData | undefined;
  /** What the inventory has of an object, through whichever target of the same place. */
  readonly entryOf: (object: Observed) => InventoryEntry | undefined;
}

export interface Adoption {
  /** Everything of these kinds in a target. Writes nothing. AppError `unknown-key` where there is no such target. */
  survey(target: string, kinds: readonly Kind[]): Promise<Survey>;
  /** What no file declares yet, as a file would say it. Pure; `unsayable` are objects to leave out, and why. */
  importable(survey: Survey, unsayable: ReadonlyMap<Observed, string>): Importable;
  /** A plan for `apply` that takes the objects over as they are, and what cannot be. Writes nothing. */
  takeOver(
    survey: Survey,
    claims: readonly { readonly integration: Declared; readonly object: Observed }[],
  ): { readonly plan: TakeOverPlan; readonly refused: readonly Refusal[] };
}

/** See SessionPlan. */
export interface TakeOverPlan extends Planned {
  readonly desired: readonly Desired[];
  readonly observed: readonly ObservedTarget[];
  readonly state: StateData | undefined;
  readonly recovered: boolean;
  readonly unread: readonly string[];
}

type Declared = Pick<IntegrationConfig, "key" | "kind" | "target" | "spec" | "manage" | "source">;

export interface AdoptionParts {
  readonly config: Config;
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  /** Reads the state, and has the targets know it. */
  readonly readState: () => Promise<StateData | undefined>;
  readonly placeOf: (target: TargetConfig) => string;
  readonly open: (target: string) => OpenTarget | undefined;
  /** The session's targets by name; a surveyed one answers from the survey from then on. */
  readonly opened: Map<string, OpenTarget>;
  readonly normalise: (kind: Kind, fields: Fields) => Fields;
}

export function openAdoption(parts: AdoptionParts): Adoption {
  const { config, kinds, normalise } = parts;
  return {
    survey: async (name, wanted) => {
      const open = parts.open(name);
      if (open === undefined) throw unknownTarget(config, name);
      const state = await parts.readState();
      const [observed] = await observeTargets([open], () => wanted);
      if (observed === undefined) throw new Error(`${name} was not observed`);
      parts.opened.set(name, { ...open, target: answeringFrom(open.target, observed.objects) });
      const sharing = [...config.targets.values()].filter((other) => parts.placeOf(other) === open.place);
      return {
        observed,
        state,
        entryOf: entriesOf(state?.inventory ?? {}, new Set(sharing.map((target) => target.name))),
      };
    },
    importable: ({ observed, state, entryOf }, unsayable) => {
      const declared = new Set(config.integrations.map(({ key }) => key));
      return importObjects({
        objects: observed.objects,
        kinds,
        normalise,
        entryOf,
        declared,
        taken: new Set([...declared, ...Object.keys(state?.inventory ?? {})]),
        names: declaredNames(config, kinds, observed.name),
        unsayable,
      });
    },
    takeOver: ({ observed, state }, claims) => {
      const wanted = claims.map(({ integration, object }) => ({
        desired: { ...integration, spec: normalise(integration.kind, integration.spec) },
        object,
      }));
      const fingerprint = state === undefined ? {} : { fingerprint: fingerprintWith(state.fingerprintKey) };
      const { planned, refused } = planTakeOver(
        {
          targets: [observed],
          inventory: state?.inventory ?? {},
          kinds,
          ...fingerprint,
          ...(state === undefined ? {} : { project: state.lineage }),
        },
        wanted,
      );
      const desired: readonly Desired[] = wanted.map((one) => one.desired);
      const common = { recovered: false, unread: [] };
      return { plan: { ...planned, ...common, desired, observed: [observed], state }, refused };
    },
  };
}

function declaredNames(
  config: Config,
  kinds: Readonly<Record<Kind, KindSpec>>,
  target: string,
): ReadonlySet<string> {
  const names = config.integrations.flatMap((one) => {
    const field = kinds[one.kind]?.nameField;
    const name = field === undefined ? undefined : one.spec[field];
    return one.target === target && typeof name === "string" ? [nameMark(one.kind, name)] : [];
  });
  return new Set(names);
}

function unknownTarget(config: Config, name: string): AppError {
  return new AppError("unknown-key", `there is no target ${name}`, {
    hint: `the configuration has ${[...config.targets.keys()].join(", ") || "none"}`,
  });
}

export const hasId = (object: Observed, id: string): boolean =>
  object.remoteId === id || object.aliases?.includes(id) === true;

/** The target, which is not asked again for what was just listed. */
function answeringFrom(target: Target, objects: readonly Observed[]): Target {
  const seen = new Map(objects.map((object) => [`${object.kind}\n${object.remoteId}`, object]));
  return {
    ...target,
    read: async (kind, id) => seen.get(`${kind}\n${id}`) ?? target.read(kind, id),
    update: (kind, id, spec, owner) => {
      seen.delete(`${kind}\n${id}`);
      return target.update(kind, id, spec, owner);
    },
  };
}

function entriesOf(inventory: StateData["inventory"], targets: ReadonlySet<string>): Survey["entryOf"] {
  const entries = new Map<string, InventoryEntry>();
  for (const entry of Object.values(inventory)) {
    if (targets.has(entry.target)) entries.set(`${entry.kind}\n${entry.remoteId}`, entry);
  }
  return (object) =>
    [object.remoteId, ...(object.aliases ?? [])]
      .map((id) => entries.get(`${object.kind}\n${id}`))
      .find((entry) => entry !== undefined);
}

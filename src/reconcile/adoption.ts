/** Taking over what exists: the inventory learns of it, and nothing is sent to any target. */
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import type { Observed } from "../model/plan.ts";
import type { Fields } from "../model/value.ts";
import { slugId } from "../providers/ids.ts";
import type { InventoryEntry, StateData, StateStore } from "../state/contract.ts";
import { emptyState } from "../state/empty.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import type { Importable, Imported } from "./import.ts";
import { importObjects } from "./import.ts";
import type { Desired } from "./input.ts";
import { inventoryEntry } from "./inventory.ts";
import type { OpenTarget } from "./observe.ts";

export interface AdoptionParts {
  readonly config: Config;
  readonly desired: readonly Desired[];
  readonly kinds: Readonly<Record<Kind, KindSpec>>;
  readonly open: (target: string) => OpenTarget | undefined;
  readonly stateStore: StateStore;
  readonly normalise: (kind: Kind, fields: Fields) => Fields;
}

export interface Adoption {
  readonly importable: (target: string) => Promise<Importable>;
  readonly record: (target: string, imported: readonly Imported[]) => Promise<void>;
  readonly adopt: (key: string, remoteId: string) => Promise<Observed>;
}

/** What is recorded of an imported object; `manage` is what a file says that says nothing. */
const MANAGE = {
  protect: false,
  previously: [],
  ignore: [],
  confirm: true,
  onRemove: "delete",
} as const;

export function openAdoption(parts: AdoptionParts): Adoption {
  const { config, desired, kinds, normalise } = parts;
  const readState = async (): Promise<StateData> => (await parts.stateStore.read()) ?? emptyState();
  const expectOpen = (name: string): OpenTarget => {
    const open = parts.open(name);
    if (open !== undefined) return open;
    throw new AppError("unknown-key", `there is no target ${name}`, {
      hint: `the configuration has ${[...config.targets.keys()].join(", ") || "none"}`,
    });
  };
  const write = async (
    state: StateData,
    wanted: readonly (readonly [Desired, Pick<Observed, "remoteId" | "version">])[],
  ): Promise<void> => {
    const inventory: Record<string, InventoryEntry> = { ...state.inventory };
    const ids = new Map(wanted.map(([{ key }, { remoteId }]) => [key, remoteId]));
    const idOf = (key: string): string => ids.get(key) ?? inventory[key]?.remoteId ?? "";
    const fingerprint = fingerprintWith(state.fingerprintKey);
    for (const [one, { remoteId, version }] of wanted) {
      const kind = expectKind(kinds, one.kind);
      inventory[one.key] = inventoryEntry({ wanted: one, kind, remoteId, version, idOf, fingerprint });
    }
    await parts.stateStore.write({ ...state, serial: state.serial + 1, inventory });
  };

  return {
    importable: async (name) => {
      const { target } = expectOpen(name);
      const { inventory } = await readState();
      const provider = config.targets.get(name)?.provider;
      const ofProvider = Object.values(kinds).filter((kind) => kind.provider === provider);
      return importObjects({
        objects: await target.list(ofProvider.map(({ kind }) => kind)),
        kinds,
        normalise,
        owner: (object) => ownerOf(inventory, name, object),
        taken: new Set([...Object.keys(inventory), ...desired.map(({ key }) => key)]),
        newKey: slugId,
      });
    },
    record: async (name, imported) => {
      const source = config.targets.get(name)?.source ?? { file: "", line: 1, column: 1 };
      const wanted = imported.map(
        (one) =>
          [
            { key: one.key, kind: one.kind, target: name, spec: one.whole, manage: MANAGE, source },
            one,
          ] as const,
      );
      await write(await readState(), wanted);
    },
    adopt: async (key, remoteId) => {
      const one = desired.find((candidate) => candidate.key === key);
      if (one === undefined) {
        throw new AppError("unknown-key", `there is no integration ${key}`, {
          hint: "declare it first, as the object is or as it should be",
        });
      }
      const state = await readState();
      const object = await findFree(expectOpen(one.target), one, remoteId, state.inventory);
      await write(state, [[{ ...one, spec: normalise(one.kind, object.fields) }, object]]);
      return object;
    },
  };
}

async function findFree(
  { target }: OpenTarget,
  { key, kind, target: name }: Desired,
  remoteId: string,
  inventory: StateData["inventory"],
): Promise<Observed> {
  const objects = await target.list([kind]);
  const object = objects.find((one) => one.remoteId === remoteId || one.aliases?.includes(remoteId) === true);
  const refuse = (why: string, hint: string): never => {
    throw new AppError("not-found", `${key} cannot adopt ${remoteId}: ${why}`, { hint });
  };
  if (object === undefined)
    return refuse(`${name} has no ${kind} with this id`, `bellhop import ${name} shows what there is`);
  if (object.foreign !== undefined) return refuse(`it is not ours: ${object.foreign}`, "leave it as it is");
  const owner = ownerOf(inventory, name, object);
  if (owner !== undefined && owner !== key) {
    return refuse(`${owner} manages it`, `name the earlier key: manage: { previously: [${owner}] }`);
  }
  const present = inventory[key];
  if (
    present !== undefined &&
    owner === undefined &&
    objects.some((one) => one.remoteId === present.remoteId)
  ) {
    return refuse(`it is ${present.remoteId} already`, "use another key, or remove that object first");
  }
  return object;
}

const ownerOf = (
  inventory: StateData["inventory"],
  target: string,
  object: Pick<Observed, "kind" | "remoteId">,
): string | undefined =>
  Object.values(inventory).find(
    (entry) => entry.target === target && entry.kind === object.kind && entry.remoteId === object.remoteId,
  )?.key;

function expectKind(kinds: Readonly<Record<Kind, KindSpec>>, kind: Kind): KindSpec {
  const found = kinds[kind];
  if (found === undefined) throw new AppError("unknown-kind", `there is no kind ${kind}`);
  return found;
}

/** Northflank's API as a target. */
import { runPool } from "../../lib/pool.ts";
import { kinds } from "../../generated/kinds/northflank.ts";
import { AppError } from "../../model/errors.ts";
import type { Observed } from "../../model/plan.ts";
import type { Target } from "../../model/target.ts";
import type { Fields } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { findKind, gone, tellOfKeptSecret, unlessNotFound, vanished } from "../kinds.ts";
import type { JsonObject } from "../read-json.ts";
import { northflankClient } from "./client.ts";
import {
  confirmed,
  eventNames,
  idOf,
  isForeign,
  nameOf,
  observe,
  observeUnmoved,
  restrictionsOff,
  toBody,
} from "./mapping.ts";

const PARALLELISM = 4;

export function connect(options: ConnectOptions): Target {
  const client = northflankClient(options);
  const kind = findKind(kinds, "northflank/notification");
  /** The events of every object seen, by id: those that the file does not name are switched off by name. */
  const events = new Map<string, readonly string[]>();

  const remember = (object: Observed): Observed => {
    events.set(object.remoteId, eventNames(object.fields));
    return object;
  };
  const read = async (id: string): Promise<Observed | undefined> => {
    const body = await client.get(id);
    return body === undefined ? undefined : remember(observe(kind, body));
  };
  const observeItem = async (item: JsonObject): Promise<Observed | undefined> => {
    if (isForeign(item)) return remember(observe(kind, item));
    const unmoved = observeUnmoved(kind, item, options.known?.(kind.kind, idOf(item)));
    return unmoved === undefined ? read(idOf(item)) : remember(unmoved);
  };

  let listed = false;
  const list = async (): Promise<readonly JsonObject[]> => {
    const items = await client.list();
    listed = true;
    return items;
  };
  /** The id of an object of this name that was not there before. */
  const findNew = async (spec: Fields): Promise<string | undefined> => {
    const items = await client.list();
    const found = items.map((item) => ({ name: nameOf(item), id: idOf(item) }));
    const fresh = found.filter(({ name, id }) => name === spec["name"] && !events.has(id));
    return fresh.length === 1 ? fresh[0]?.id : undefined;
  };
  /** Where it is after an update: whether a new name makes a new id is not documented. */
  const readRenamed = async (remoteId: string, spec: Fields): Promise<Observed> => {
    const id = await findNew(spec);
    const renamed = id === undefined ? undefined : await read(id);
    if (renamed === undefined) throw gone(kind.kind, remoteId);
    events.delete(remoteId);
    const message = `${options.target}: ${remoteId} is ${renamed.remoteId} since it was renamed`;
    options.onNotice?.({ level: "warning", message });
    return renamed;
  };

  return {
    parallelism: PARALLELISM,
    list: async (wanted) => {
      if (!wanted.includes(kind.kind)) return [];
      const items = await list();
      const objects: (Observed | undefined)[] = items.map(() => undefined);
      await runPool([...items.entries()], PARALLELISM, async ([index, item]) => {
        objects[index] = await observeItem(item);
      });
      return objects.filter((object) => object !== undefined);
    },
    read: (_kind, remoteId) => read(remoteId),
    create: async (_kind, spec) => {
      refuseSlack(spec);
      if (!listed) for (const item of await list()) events.set(idOf(item), []);
      const body = toBody(kind, spec, [], false);
      const id = await client.create(body, () => findNew(spec));
      const object = await read(id);
      if (object === undefined) throw vanished("Northflank", id);
      return confirmed(object, body);
    },
    update: async (_kind, remoteId, spec) => {
      tellOfKeptSecret(options, kind, remoteId, spec);
      const body = {
        ...restrictionsOff(options.known?.(kind.kind, remoteId)),
        ...toBody(kind, spec, events.get(remoteId) ?? [], true),
      };
      // A repeated update finds nothing under the old id when the first one landed and changed it.
      await client.update(remoteId, body).catch(unlessNotFound);
      return confirmed((await read(remoteId)) ?? (await readRenamed(remoteId, spec)), body);
    },
    remove: async (_kind, remoteId) => {
      await client.remove(remoteId);
      events.delete(remoteId);
    },
    close: () => Promise.resolve(),
  };
}

function refuseSlack(spec: Fields): void {
  if (spec["type"] !== "SLACK") return;
  throw new AppError("unsupported", "Northflank's API takes no integration of type SLACK", {
    hint: "connect Slack in Northflank's dashboard, or use a store target",
  });
}

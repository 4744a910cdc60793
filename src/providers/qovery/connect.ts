/** Qovery's API as a target: one organization's webhooks. */
import { kinds } from "../../generated/kinds/qovery.ts";
import { AppError } from "../../model/errors.ts";
import type { Observed } from "../../model/plan.ts";
import type { Target } from "../../model/target.ts";
import type { Fields } from "../../model/value.ts";
import type { ConnectOptions } from "../adapter-contract.ts";
import { findKind, gone, raise, vanished } from "../kinds.ts";
import { qoveryClient } from "./client.ts";
import { identityOf, observe, toBody } from "./mapping.ts";

const PARALLELISM = 4;

export function connect(options: ConnectOptions): Target {
  const client = qoveryClient(options);
  const kind = findKind(kinds, "qovery/webhook");
  /** Ids of everything seen; complete once listed. */
  const seen = new Set<string>();
  /** Whether Qovery has a secret, of every webhook seen. */
  const secretSet = new Map<string, boolean>();
  let listed = false;
  let creations: Promise<unknown> = Promise.resolve();

  const remember = (object: Observed): Observed => {
    seen.add(object.remoteId);
    secretSet.set(object.remoteId, object.fields["target_secret_set"] === true);
    return object;
  };
  const list = async (): Promise<readonly Observed[]> => {
    const objects = (await client.list()).map((body) => remember(observe(kind, body)));
    listed = true;
    return objects;
  };
  const read = async (id: string): Promise<Observed | undefined> => {
    const body = await client.get(id);
    return body === undefined ? undefined : remember(observe(kind, body));
  };
  const findNew = async (spec: Fields): Promise<string | undefined> => {
    const bodies = await client.list();
    const objects = bodies.map((body) => observe(kind, body)).filter(({ remoteId }) => !seen.has(remoteId));
    const same = objects.filter(({ fields }) => identityOf(fields) === identityOf(spec));
    return same.length === 1 ? same[0]?.remoteId : undefined;
  };
  const create = async (spec: Fields): Promise<Observed> => {
    if (!listed) await list();
    const id = await client.create(toBody(spec), () => findNew(spec));
    return (await read(id)) ?? raise(vanished("Qovery", id));
  };
  /** A PUT without the secret may clear it; only when it is ours to clear is it left out. */
  const refuseSilentLoss = (remoteId: string, spec: Fields): void => {
    if (spec["target_secret"] !== undefined || secretSet.get(remoteId) !== true) return;
    if (options.known?.(kind.kind, remoteId)?.secrets["target_secret"] !== undefined) return;
    throw new AppError(
      "config-invalid",
      `Qovery has a secret for ${remoteId} that the file does not name, and an update might clear it`,
      { hint: "add target_secret to the integration's spec" },
    );
  };
  const confirmSecret = (object: Observed, spec: Fields): Observed => {
    const wanted = spec["target_secret"] !== undefined;
    const set = object.fields["target_secret_set"];
    if (typeof set === "boolean" && set !== wanted) {
      const message = `${options.target}: Qovery ${set ? "still has a" : "did not take the"} secret of ${object.remoteId}`;
      options.onNotice?.({ level: "warning", message });
    }
    return object;
  };

  return {
    parallelism: PARALLELISM,
    list: async (wanted) => (wanted.includes(kind.kind) ? [...(await list())] : []),
    read: (_kind, remoteId) => read(remoteId),
    create: (_kind, spec) => {
      // One at a time: two that are alike could not be told apart if both answers were lost.
      const next = creations.then(() => create(spec));
      creations = next.catch(() => undefined);
      return next.then((object) => confirmSecret(object, spec));
    },
    update: async (_kind, remoteId, spec) => {
      if (!secretSet.has(remoteId)) await read(remoteId);
      refuseSilentLoss(remoteId, spec);
      await client.replace(remoteId, toBody(spec));
      return confirmSecret((await read(remoteId)) ?? raise(gone(kind.kind, remoteId)), spec);
    },
    remove: (_kind, remoteId) => client.remove(remoteId),
    close: () => Promise.resolve(),
  };
}

/** The outbox as a worker sees it. */
import type { Delivery } from "../model/delivery.ts";
import type { AttemptResult, Outbox } from "../outbox/contract.ts";
import type { Engine } from "./engine.ts";

/**
 * An attempt that ended before somebody changed the integration's health by request does not put back the health of before. What
 * is concluded for an integration that has gone meanwhile is discarded.
 */
export function forWorker(outbox: Outbox, engine: Engine): Outbox {
  const { health } = engine;
  /** Claimed deliveries of which nothing has been concluded yet, with the integrations that each is for and came through. */
  const owners = new Map<string, readonly string[]>();
  const concluded = async (ids: readonly string[], more: readonly AttemptResult[] = []): Promise<void> => {
    const uids = new Set(
      more.flatMap(({ events = [] }) => events.flatMap(({ deliveries }) => deliveries.flatMap(partiesOf))),
    );
    for (const id of ids) {
      for (const uid of owners.get(id) ?? []) uids.add(uid);
      owners.delete(id);
    }
    await engine.written(uids);
  };
  const withCurrent = (result: AttemptResult): AttemptResult => {
    if (result.health === undefined || health.isCurrent(result.health)) return result;
    const { health: _replaced, ...rest } = result;
    return rest;
  };
  return {
    ...outbox,
    claim: async (options) => {
      const claimed = await outbox.claim(options);
      for (const { delivery } of claimed) owners.set(delivery.id, partiesOf(delivery));
      return claimed;
    },
    record: async (results) => {
      await outbox.record(results.map(withCurrent));
      await concluded(
        results.map(({ attempt }) => attempt.deliveryId),
        results,
      );
    },
    release: async (releases) => {
      await outbox.release(releases);
      await concluded(releases.map(({ deliveryId }) => deliveryId));
    },
  };
}

const partiesOf = ({ integrationUid, viaUid }: Pick<Delivery, "integrationUid" | "viaUid">): string[] =>
  viaUid === undefined ? [integrationUid] : [integrationUid, viaUid];

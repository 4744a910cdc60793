/** What the daemon's HTTP surface asks of the delivery side. */
import { askToRecover, disableByRequest, enableByRequest } from "../delivery/control.ts";
import { howToSwitchOn, switchedOff } from "../delivery/off.ts";
import type { Endpoint } from "../delivery/routes.ts";
import { resend } from "../delivery/resend.ts";
import type { Tries } from "../delivery/tries.ts";
import type { Engine } from "../delivery/engine.ts";
import type { Clock } from "../lib/clock.ts";
import type { Config } from "../model/config.ts";
import type { Health } from "../model/delivery.ts";
import { recordName } from "../model/record.ts";
import type { StoreRecord } from "../model/record.ts";
import type { Outbox } from "../outbox/contract.ts";
import type { Objection } from "../server/integrations.ts";
import type { ServerPort } from "../server/server.ts";
import type { ConfigStatus, DeclaredStatus, IntegrationStatus } from "../server/status.ts";

export interface PortOptions {
  readonly outbox: Outbox;
  readonly engine: Engine;
  readonly tries: Tries;
  readonly clock: Clock;
  readonly pid: number;
  /** Something is due. */
  readonly wake: () => void;
  /** Why nothing is ready, in words. */
  readonly trouble: () => string | undefined;
  readonly stopping: () => boolean;
  readonly config: () => ConfigStatus;
  /** The configuration in force. */
  readonly current: () => Config;
}

export function createPort(options: PortOptions): ServerPort {
  const { engine, outbox, tries, clock } = options;
  const ready = (): boolean => options.trouble() === undefined;
  const startedAt = new Date(clock.now()).toISOString();
  const change = async (made: Promise<Health>): Promise<{ disabled: boolean; reason: string | null }> => {
    const { disabled, reason = null } = await made;
    tries.wake();
    return { disabled, reason };
  };
  return {
    accept: (batch) => engine.intake.accept(batch),
    ready,
    trouble: options.trouble,
    stopping: options.stopping,
    objection: (name, purpose) => objectionTo(engine, name, purpose),
    test: (name) => engine.test(endpointOf(engine, name)),
    enable: (name) => change(enableByRequest(options, endpointOf(engine, name))),
    disable: (name, reason) => change(disableByRequest(options, endpointOf(engine, name), reason)),
    recover: async (name, dryRun) => {
      const endpoint = endpointOf(engine, name);
      const { uid } = endpoint.record;
      if (dryRun)
        return {
          held: await outbox.count({
            integration: uid,
            status: ["held"],
            notOf: [...engine.routes().off.keys()],
          }),
        };
      const held = await askToRecover(options, endpoint);
      await tries.begin(uid);
      return { held };
    },
    resend: async ({ ids, filter = {}, dryRun = false }) => {
      const { endpoints, off } = engine.routes();
      const resent = await resend(ids === undefined ? { filter } : { ids }, {
        outbox,
        healthOf: (uid) => engine.health.of(uid),
        exists: (uid) => endpoints.has(uid),
        off,
        now: clock.now(),
        dryRun,
      });
      options.wake();
      return { dryRun, ...resent };
    },
    status: async () => {
      const counts = await outbox.counts();
      const integrations = [...engine.routes().endpoints.values()].map(({ record }) =>
        statusOf(record, engine, counts[record.uid] ?? {}),
      );
      const { pid } = options;
      const [config, declared] = [options.config(), declaredBy(options.current())];
      return { pid, startedAt, ready: ready(), config, integrations, declared };
    },
  };
}

const declaredBy = ({ integrations, targets }: Config): readonly DeclaredStatus[] =>
  integrations.map(({ key, kind, target }) => ({
    key,
    kind,
    target,
    delivered: targets.get(target)?.store !== undefined,
  }));

function endpointOf(engine: Engine, name: string): Endpoint {
  const endpoint = engine.find(name);
  if (endpoint === undefined) throw new Error(`integration ${name} has just gone`);
  return endpoint;
}

function objectionTo(engine: Engine, name: string, purpose?: "recover"): Objection | undefined {
  const endpoint = engine.find(name);
  if (endpoint === undefined) return { code: "unknown-key", message: `no store has an integration ${name}` };
  if (endpoint.behaviour.render === undefined)
    return { code: "unsupported", message: `${name} receives nothing by itself` };
  const off = purpose === undefined ? undefined : engine.routes().off.get(endpoint.record.uid);
  return off === undefined
    ? undefined
    : { code: "switched-off", message: `${switchedOff(name, off)}; ${howToSwitchOn(name)}` };
}

function statusOf(
  record: StoreRecord,
  engine: Engine,
  deliveries: IntegrationStatus["deliveries"],
): IntegrationStatus {
  const health = engine.health.of(record.uid);
  return {
    uid: record.uid,
    name: recordName(record),
    kind: record.kind,
    off: engine.routes().off.has(record.uid),
    disabled: health.disabled,
    reason: health.reason ?? null,
    timeOfFirstFailedRequest: iso(health.timeOfFirstFailedRequest),
    numberOfFailedRequests: health.numberOfFailedRequests,
    cause: health.cause ?? null,
    disabledAt: iso(health.disabledAt),
    probeAt: iso(health.probeAt),
    recovering: health.recoverUntil !== undefined,
    deliveries,
  };
}

const iso = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

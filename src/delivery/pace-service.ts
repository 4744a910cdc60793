/** Services at which all integrations share one allowance: pauses that hold for all of them. */
import type { Service } from "../formats/contract.ts";
import { createRefusals } from "./pace-refusals.ts";
import type { Refusals } from "./pace-refusals.ts";

export interface Services {
  /** Milliseconds since the epoch; 0 for one that is not paused, and for an integration without a service. */
  pausedUntil(uid: string, service: Service | undefined): number;
  answered(uid: string, service: Service | undefined, answer: ServiceAnswer): void;
  /** Integrations of paused services, as far as they have been asked about. */
  paused(now: number): readonly string[];
  /** When the pauses end that there are. */
  ends(now: number): readonly number[];
}

export interface ServiceAnswer {
  readonly now: number;
  readonly status: number | undefined;
  readonly pauseAllUntil: number | undefined;
}

interface Hall {
  pausedUntil: number;
  readonly refusals: Refusals;
  readonly uids: Set<string>;
}

const REFUSED = [401, 403, 429];

export function createServices(): Services {
  const halls = new Map<string, Hall>();
  const hallOf = (uid: string, service: Service): Hall => {
    const hall = halls.get(service.name) ?? {
      pausedUntil: 0,
      refusals: createRefusals(service.refusals, service.refusalsMs),
      uids: new Set<string>(),
    };
    halls.set(service.name, hall);
    hall.uids.add(uid);
    return hall;
  };
  const shut = (now: number): readonly Hall[] =>
    [...halls.values()].filter(({ pausedUntil }) => pausedUntil > now);
  return {
    pausedUntil: (uid, service) => (service === undefined ? 0 : hallOf(uid, service).pausedUntil),
    answered: (uid, service, { now, status, pauseAllUntil = 0 }) => {
      if (service === undefined) return;
      const hall = hallOf(uid, service);
      const refused = status !== undefined && REFUSED.includes(status) ? hall.refusals.add(now) : 0;
      hall.pausedUntil = Math.max(hall.pausedUntil, pauseAllUntil, refused);
    },
    paused: (now) => shut(now).flatMap(({ uids }) => [...uids]),
    ends: (now) => shut(now).map(({ pausedUntil }) => pausedUntil),
  };
}

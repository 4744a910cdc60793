/**
 * Which deliveries this process was given for sending. What else is `delivering` when the file is opened, nobody sends: a crash
 * left it, or a claim of which flushing failed, so that nobody was told.
 */
import type { Claimed, Request as Asked, Writes } from "./protocol.ts";
import type { Outcome } from "./session.ts";

type Argument<Operation extends keyof Writes> = Parameters<Writes[Operation]>[0];

export interface InFlight {
  readonly has: (delivery: number) => boolean;
  /** Answers to writes, in the order of the requests. */
  note(requests: readonly Asked[], outcomes: readonly Outcome[]): void;
}

export function createInFlight(): InFlight {
  const ids = new Set<number>();
  /* oxlint-disable typescript/no-unsafe-type-assertion -- what the operation takes and answers with */
  const note = ({ operation, argument }: Asked, value: unknown): void => {
    if (operation === "claim") for (const [{ id }] of (value as Claimed).deliveries) ids.add(id);
    if (operation === "release")
      for (const [id] of (argument as Argument<"release">).releases) ids.delete(id);
    if (operation === "record") {
      for (const { deliveryId } of (argument as Argument<"record">).results) ids.delete(deliveryId);
    }
  };
  /* oxlint-enable typescript/no-unsafe-type-assertion */
  return {
    has: (delivery) => ids.has(delivery),
    note: (requests, outcomes) =>
      requests.forEach((request, at) => {
        const outcome = outcomes[at];
        if (outcome !== undefined && "value" in outcome) note(request, outcome.value);
      }),
  };
}

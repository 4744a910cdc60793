/** Every rule of src/outbox/contract.ts, for whatever keeps it. */
import { acceptingRules } from "./outbox/accepting.ts";
import { deliveringRules } from "./outbox/delivering.ts";
import type { OpenOutbox } from "./outbox/fixtures.ts";
import { logRules } from "./outbox/log.ts";

export function outboxConformance(open: OpenOutbox): void {
  acceptingRules(open);
  deliveringRules(open);
  logRules(open);
}

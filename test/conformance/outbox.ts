/** Every rule of src/outbox/contract.ts, for whatever keeps it. */
import { acceptingRules } from "./outbox/accepting.ts";
import { deliveringRules } from "./outbox/delivering.ts";
import { eventLogRules } from "./outbox/event-log.ts";
import type { OpenOutbox } from "./outbox/fixtures.ts";
import { logRules } from "./outbox/log.ts";
import { movingRules } from "./outbox/moving.ts";
import { retentionRules } from "./outbox/retention.ts";

export function outboxConformance(open: OpenOutbox): void {
  acceptingRules(open);
  deliveringRules(open);
  movingRules(open);
  logRules(open);
  eventLogRules(open);
  retentionRules(open);
}

/** How often one delivery is tried. */
import type { Delivery } from "../model/delivery.ts";
import { CONFIRM_TYPE } from "../model/event.ts";
import type { Policy } from "./policy.ts";

/** A confirmation that comes days later confirms nothing. */
const CONFIRMATION_ATTEMPTS = 4;

/** The schedule of one delivery, and where it is shorter than the policy's, why, as the end of a sentence. */
export function scheduleOf(
  { schedule }: Pick<Policy, "schedule">,
  { eventType, trigger }: Pick<Delivery, "eventType" | "trigger">,
): { readonly schedule: readonly number[]; readonly because?: string } {
  if (eventType !== CONFIRM_TYPE) return { schedule };
  if (trigger === "test") return { schedule: [0], because: "a test message is sent only once" };
  return schedule.length <= CONFIRMATION_ATTEMPTS
    ? { schedule }
    : {
        schedule: schedule.slice(0, CONFIRMATION_ATTEMPTS),
        because: `a confirmation is tried ${CONFIRMATION_ATTEMPTS} times`,
      };
}

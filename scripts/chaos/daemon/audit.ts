/** Holds the daemon's log against what the receivers saw. Runs when no daemon does. */
import path from "node:path";
import type { Attempt } from "../../../src/model/delivery.ts";
import type { Outbox } from "../../../src/outbox/contract.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/client.ts";
import type { Ledger } from "./ledger.ts";
import { isSampled } from "./receivers.ts";
import type { Kept, Receivers } from "./receivers.ts";

export interface Audit {
  readonly wrong: readonly string[];
  readonly deliveries: number;
  /** Attempts that were compared byte for byte. */
  readonly compared: number;
}

const PAGE = 1000;

export async function auditLog(folder: string, ledger: Ledger, receivers: Receivers): Promise<Audit> {
  const outbox = await openSqliteOutbox({ path: path.join(folder, ".bellhop/bellhop.db"), mode: "shared" });
  try {
    const wrong: string[] = [];
    const [rejected] = (await outbox.rejected({ limit: 1 })).rejected;
    if (rejected !== undefined) wrong.push(`the log has rejected ${JSON.stringify(rejected)}`);
    const logged = new Set<string>();
    let [compared, cursor] = [0, undefined as string | undefined];
    do {
      const page = await outbox.deliveries({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      for (const { id, eventId, integration, status } of page.deliveries) {
        const name = `${integration}/${eventId}`;
        if (logged.has(name)) wrong.push(`the log has ${name} twice`);
        logged.add(name);
        if (status !== "delivered") wrong.push(`the log says that ${name} is ${status}`);
        else if (!ledger.hasArrived(integration, eventId))
          wrong.push(`${name} is said to be delivered, and did not arrive`);
        if (!isSampled(eventId)) continue;
        const found = await compare(outbox, id, name, receivers.kept);
        compared += found.compared;
        wrong.push(...found.wrong);
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    for (const name of ledger.delivered())
      if (!logged.has(name)) wrong.push(`${name} arrived, and the log does not have it`);
    return { wrong, deliveries: logged.size, compared };
  } finally {
    await outbox.close();
  }
}

async function compare(
  outbox: Outbox,
  id: string,
  name: string,
  kept: ReadonlyMap<number, Kept>,
): Promise<{ readonly wrong: readonly string[]; readonly compared: number }> {
  const attempts = (await outbox.delivery(id))?.attempts ?? [];
  // What was cut without an answer has no number to know it by.
  const answered = attempts.filter(({ response }) => response !== undefined);
  const wrong = answered.flatMap((attempt) => {
    const request = kept.get(Number(attempt.response?.body));
    return request === undefined
      ? [`${name}: no receiver gave the answer of attempt ${attempt.number}`]
      : differences(attempt, request, name).map(
          (what) => `${name}: ${what} of attempt ${attempt.number} is not what was sent`,
        );
  });
  if (!attempts.some(({ outcome }) => outcome === "delivered"))
    wrong.push(`${name} has no attempt that delivered it`);
  return { wrong, compared: answered.length };
}

/** Secrets are masked in the log; everything else is as it was sent. */
function differences(attempt: Attempt, request: Kept, name: string): readonly string[] {
  const wrong = attempt.request.headers.flatMap(([header, value]) => {
    const masked = value.includes("(secret)");
    return masked || request.headers[header.toLowerCase()] === value ? [] : [`header ${header}`];
  });
  if (attempt.request.body !== request.body) wrong.push("the body");
  if (`${request.key}/${request.id}` !== name) wrong.push("the receiver");
  return wrong;
}

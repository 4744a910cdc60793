/** What the log says of attempts, over a real outbox and a real receiver. */
import { expect, it } from "vitest";
import { DEFAULT_DISABLE } from "../../src/model/config.ts";
import { becomes, deliverySide } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

it("names integration, event and next attempt, and no next one after the last", async () => {
  const answers = [503, 200];
  const webhook = await listen((request, response) => {
    request.resume().on("end", () => response.writeHead(answers.shift() ?? 500).end());
  });
  const spec = { retry: { schedule: ["0s", "30m"] } };
  const side = await deliverySide([{ key: "hook", webhook, spec }], DEFAULT_DISABLE);
  await side.emit("e1", "com.example.built");
  await becomes(() => side.list("hook"), [{ status: "pending", attempts: 1 }]);
  const [owed] = await side.list("hook");
  const names = { delivery: owed?.id, integration: "hook", event: "e1", type: "com.example.built" };
  const next = new Date(owed?.nextAttemptAt ?? 0).toISOString();
  await becomes(
    () => side.said("not delivered"),
    [{ ...names, level: "warn", code: 503, nextAttemptAt: next }],
  );
  await side.clock.advance(40 * 60_000);
  await becomes(() => side.said("delivered"), [{ ...names, level: "debug", attempt: 2, code: 200 }]);
  expect(side.said("delivered")[0]).not.toHaveProperty("nextAttemptAt");
  await side.emit("e2", "com.example.built");
  await becomes(() => side.said("not delivered"), [{ event: "e1" }, { event: "e2" }]);
  await side.clock.advance(40 * 60_000);
  await becomes(() => side.list("hook", "exhausted"), [{ eventId: "e2", attempts: 2 }]);
  await becomes(() => side.said("not delivered").slice(2), [{ event: "e2", status: "exhausted" }]);
  expect(side.said("not delivered")[2]).not.toHaveProperty("nextAttemptAt");
});

it("names what is not sent", async () => {
  const webhook = await listen((_request, response) => void response.writeHead(200).end());
  const side = await deliverySide([{ key: "hook", webhook }], DEFAULT_DISABLE, (outbox) => ({
    ...outbox,
    // It is gone from the store while its delivery is on the way to the worker.
    claim: async (options) => {
      const claimed = await outbox.claim(options);
      if (claimed.length > 0) {
        await side.store.write((records) => void records.splice(0));
        await side.now().engine.reload();
      }
      return claimed;
    },
  }));
  await side.emit("e1", "com.example.built");
  await becomes(
    () => side.said("not sent"),
    [
      {
        level: "warn",
        integration: "hook",
        event: "e1",
        type: "com.example.built",
        status: "discarded",
        reason: "the integration does not exist any more",
      },
    ],
  );
});

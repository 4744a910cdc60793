import { expect, it } from "vitest";
import { DEFAULT_DISABLE } from "../../src/model/config.ts";
import { becomes, deliverySide, until } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

it("sends nothing more while what an answer disabled is looked at", async () => {
  let requests = 0;
  const webhook = await listen((_request, response) => {
    requests += 1;
    response.writeHead(410).end();
  });
  let isAsked = false;
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const side = await deliverySide([{ key: "gone", webhook }], DEFAULT_DISABLE, (outbox) => ({
    ...outbox,
    counts: async () => {
      if (requests > 0) isAsked = true;
      if (isAsked) await answered;
      return outbox.counts();
    },
  }));
  await side.emit("e1");
  side.now().wake();
  await until(() => isAsked);
  await side.emit("e2");
  side.now().wake();
  await becomes(() => side.list("gone"), [{ status: "delivering" }, { status: "held", attempts: 0 }]);
  answer();
  await becomes(() => side.list("gone", "held"), [{ attempts: 1 }, { attempts: 0 }]);
  expect(await side.health("gone")).toMatchObject({ disabled: true, cause: "gone" });
  expect(requests).toBe(1);
});

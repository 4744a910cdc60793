import { expect, it } from "vitest";
import { DEFAULT_DISABLE } from "../../src/model/config.ts";
import { enabled } from "../../src/delivery/health.ts";
import { becomes, deliverySide, until } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

/** An endpoint that answers 410, then 200; what is owed is asked for, and not answered until `answer`. */
async function looking(): Promise<{ side: Side; requests: () => number; answer: () => void }> {
  let requests = 0;
  const webhook = await listen((_request, response) => {
    requests += 1;
    response.writeHead(requests === 1 ? 410 : 200).end();
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
  return { side, requests: () => requests, answer };
}

it("sends nothing more while what an answer disabled is looked at", async () => {
  const { side, requests, answer } = await looking();
  await side.emit("e2");
  side.now().wake();
  await becomes(() => side.list("gone"), [{ status: "delivering" }, { status: "held", attempts: 0 }]);
  answer();
  await becomes(() => side.list("gone", "held"), [{ attempts: 1 }, { attempts: 0 }]);
  expect(await side.health("gone")).toMatchObject({ disabled: true, cause: "gone" });
  expect(requests()).toBe(1);
});

it("holds nothing for an integration that was enabled while that is looked at", async () => {
  const { side, requests, answer } = await looking();
  await side.now().engine.change("uid-gone", enabled);
  answer();
  await becomes(() => side.list("gone"), [{ status: "delivered", attempts: 2 }]);
  expect(await side.health("gone")).toMatchObject({ disabled: false });
  const [delivery] = await side.list("gone");
  const detail = await side.now().outbox.delivery(delivery?.id ?? "");
  expect(detail?.attempts.map(({ outcome }) => outcome)).toEqual(["retry", "delivered"]);
  expect(requests()).toBe(2);
});

it("waits a second for what is owed to be counted, and no longer", async () => {
  const { side, answer } = await looking();
  await becomes(() => side.list("gone"), [{ status: "delivering" }]);
  await side.clock.advance(1000);
  await becomes(() => side.list("gone"), [{ status: "held", attempts: 1 }]);
  answer();
});

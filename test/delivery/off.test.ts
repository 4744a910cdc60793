/** An integration that its owner has switched off in the file gets nothing, and what it is owed is held. */
import { expect, it } from "vitest";
import { askToRecover } from "../../src/delivery/control.ts";
import { resend } from "../../src/delivery/resend.ts";
import { Secret } from "../../src/model/secret.ts";
import { becomes, deliverySide, START, until } from "../support/delivery-side.ts";
import type { Side } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const HOUR = 3_600_000;
const RULES = { failures: 20, afterMs: 24 * HOUR, probeMs: HOUR };
const OFF = { status: "held", reason: "it is switched off: enabled is false" };

interface Hook {
  readonly url: string;
  /** What each request is answered with, the last one for ever. */
  answers: number[];
  requests: number;
}

async function hookOf(...answers: number[]): Promise<Hook> {
  const url = await listen((request, response) => {
    request.resume();
    hook.requests += 1;
    const status = hook.answers.length > 1 ? hook.answers.shift() : hook.answers[0];
    request.on("end", () => response.writeHead(status ?? 200).end());
  });
  const hook: Hook = { url, answers, requests: 0 };
  return hook;
}

/** As `apply` does it. */
async function enable(side: Side, uid: string, enabled: boolean): Promise<void> {
  const updatedAt = new Date(side.clock.now()).toISOString();
  await side.store.write((records) => {
    const at = records.findIndex((record) => record.uid === uid);
    const record = records[at];
    if (record === undefined) throw new Error(`there is no ${uid}`);
    records[at] = { ...record, spec: { ...record.spec, enabled }, updatedAt };
  });
  await side.now().engine.reload();
}

async function recover(side: Side, key: string): Promise<number> {
  const { engine, outbox, tries } = side.now();
  const found = engine.find(key);
  if (found === undefined) throw new Error(`there is no ${key}`);
  const held = await askToRecover({ engine, outbox, clock: side.clock }, found);
  await tries.begin(found.record.uid);
  return held;
}

it("holds what is due for it, counts no attempt, and sends that when somebody asks once it is on again", async () => {
  const hook = await hookOf(503);
  const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
  await side.emit("e1");
  await becomes(() => side.list("hook"), [{ status: "pending", attempts: 1 }]);
  await enable(side, "uid-hook", false);
  await side.clock.advance(HOUR);
  await becomes(() => side.list("hook"), [{ ...OFF, attempts: 1 }]);
  await side.emit("e2");
  expect(hook.requests).toBe(1);
  await expect(recover(side, "hook")).rejects.toMatchObject({
    code: "switched-off",
    message: "hook is switched off: enabled is false",
    hint: expect.stringContaining("bellhop test hook"),
  });

  hook.answers = [200];
  await enable(side, "uid-hook", true);
  await side.clock.advance(100 * HOUR);
  expect(await side.list("hook")).toMatchObject([OFF]);
  expect(await recover(side, "hook")).toBe(1);
  await becomes(() => side.list("hook"), [{ status: "delivered", attempts: 2 }]);
});

it("gets a test, and its confirmation once it is on", async () => {
  const hook = await hookOf(200);
  const side = await deliverySide(
    [{ key: "hook", webhook: hook.url, confirm: true, spec: { enabled: false } }],
    RULES,
  );
  const { engine } = side.now();
  await engine.confirmNew();
  expect(await side.list("hook")).toEqual([]);
  const found = engine.find("hook");
  if (found === undefined) throw new Error("there is no hook");
  await engine.test(found);
  await becomes(() => side.list("hook"), [{ status: "delivered", trigger: "test" }]);
  await enable(side, "uid-hook", true);
  await engine.confirmNew();
  await becomes(() => side.list("hook"), [{ status: "delivered" }, { status: "delivered", attempts: 1 }]);
});

it("leaves what is resent alone, and says what to do", async () => {
  const hook = await hookOf(200);
  const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
  await side.emit("e1");
  await becomes(() => side.list("hook"), [{ status: "delivered" }]);
  await enable(side, "uid-hook", false);
  const { engine, outbox } = side.now();
  const ids = (await side.list("hook")).map(({ id }) => id);
  const around = { outbox, healthOf: () => undefined, exists: () => true, off: engine.routes().off };
  const reason =
    "hook is switched off: enabled is false; switch it on in the file and apply; bellhop test hook checks it before";
  expect(await resend({ ids }, { ...around, now: side.clock.now(), dryRun: false })).toEqual({
    resent: 0,
    byStatus: {},
    skipped: [{ reason, count: 1, ids }],
  });
});

it("is not probed, and comes back as enabled when it is switched on", async () => {
  const hook = await hookOf(503);
  const side = await deliverySide([{ key: "hook", webhook: hook.url }], {
    failures: 1,
    afterMs: 0,
    probeMs: HOUR,
  });
  await side.emit("e1");
  await becomes(() => side.list("hook"), [{ status: "held", attempts: 1 }]);
  await side.clock.advance(1);
  await enable(side, "uid-hook", false);
  await side.clock.advance(50 * HOUR);
  expect(hook.requests).toBe(1);
  expect(await side.health("hook")).toMatchObject({ disabled: true });
  await enable(side, "uid-hook", true);
  expect(await side.health("hook")).toMatchObject({ disabled: false });
  expect(await side.list("hook")).toMatchObject([{ status: "held", attempts: 1 }]);
});

it("ends a recovery that is under way, which does not go on by itself when it is on again", async () => {
  const hook = await hookOf(410);
  const side = await deliverySide([{ key: "hook", webhook: hook.url }], RULES);
  for (const id of ["e1", "e2", "e3"]) {
    await side.emit(id);
    await until(async () => (await side.health("hook"))?.disabled === true);
  }
  hook.answers = [200, 503];
  await recover(side, "hook");
  const waits = [{ status: "delivered" }, { status: "pending", attempts: 1 }, { status: "held" }];
  await becomes(() => side.list("hook"), waits);
  await enable(side, "uid-hook", false);
  await becomes(() => side.list("hook"), [{ status: "delivered" }, OFF, { status: "held" }]);
  expect((await side.health("hook"))?.recoverUntil).toBeUndefined();
  const { requests } = hook;
  await enable(side, "uid-hook", true);
  await side.clock.advance(100 * HOUR);
  expect(hook.requests).toBe(requests);
  expect(await side.list("hook", "held")).toHaveLength(2);
});

/** A Cloudflare webhook that two policies send to, which each have something held: `a` the older. */
async function policies(hook: Hook): Promise<Side> {
  const side = await deliverySide([], { failures: 1, afterMs: 0, probeMs: HOUR });
  const base = { scope: "", confirm: false, createdAt: new Date(START).toISOString() };
  const common = { ...base, updatedAt: base.createdAt };
  const policy = (key: string, alert: string) => ({
    ...common,
    uid: `uid-${key}`,
    kind: "cloudflare/policy",
    id: key,
    key,
    spec: { name: key, alert_type: alert, enabled: true, mechanisms: { webhooks: [{ id: "hook" }] } },
  });
  await side.store.write((records) => {
    records.push(
      {
        ...common,
        uid: "uid-hook",
        kind: "cloudflare/webhook",
        id: "hook",
        key: "hook",
        spec: { name: "Hook", url: new Secret(hook.url) },
      },
      policy("a", "dos_attack_l7"),
      policy("b", "dos_attack_l4"),
    );
  });
  await side.now().engine.reload();
  await side.emit("e1", "dos_attack_l7");
  await becomes(() => side.list("hook"), [{ status: "held", via: "a" }]);
  await side.emit("e2", "dos_attack_l4");
  await becomes(() => side.list("hook"), [{ status: "held" }, { status: "held", via: "b" }]);
  await side.clock.advance(1);
  return side;
}

it("is passed over by probes and recoveries of what it sends to, when it is a policy", async () => {
  const hook = await hookOf(503);
  const side = await policies(hook);
  await enable(side, "uid-a", false);
  hook.answers = [200];
  await side.clock.advance(2 * HOUR);
  await becomes(
    () => side.list("hook"),
    [
      { status: "held", attempts: 1 },
      { status: "delivered", trigger: "probe" },
    ],
  );
  expect(await recover(side, "hook")).toBe(0);
  await side.emit("e3", "dos_attack_l7");
  expect(await side.list("hook")).toHaveLength(2);
  expect(hook.requests).toBe(2);
});

it("holds what a policy asked for before it was switched off", async () => {
  const hook = await hookOf(200);
  const side = await policies(await hookOf(503));
  await side.store.write((records) => {
    const at = records.findIndex(({ uid }) => uid === "uid-hook");
    const found = records[at];
    if (found !== undefined)
      records[at] = {
        ...found,
        spec: { ...found.spec, url: new Secret(hook.url) },
        updatedAt: new Date(side.clock.now()).toISOString(),
      };
  });
  await enable(side, "uid-a", false);
  const [first] = await side.list("hook");
  const { outbox } = side.now();
  const to = { status: "pending", dueAt: side.clock.now(), trigger: "resend" } as const;
  await outbox.move({ filter: { ids: [first?.id ?? ""] }, from: ["held"], limit: 1, to });
  side.now().wake();
  await becomes(
    () => side.list("hook"),
    [{ status: "held", reason: "a, which asked for it, is switched off: enabled is false" }, {}],
  );
  expect(hook.requests).toBe(0);
});

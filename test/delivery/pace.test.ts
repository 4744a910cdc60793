import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPacer } from "../../src/delivery/pace.ts";
import type { Pacer } from "../../src/delivery/pace.ts";
import { createPolicies } from "../../src/delivery/policy.ts";
import type { Pace } from "../../src/formats/contract.ts";
import { formats, providers } from "../../src/generated/registry.ts";
import { Secret } from "../../src/model/secret.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import type { Fields } from "../../src/model/value.ts";
import { manualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";

const START = Date.parse("2026-11-20T12:00:00Z");

function paced(paces: Readonly<Record<string, Pace>>): {
  clock: ManualClock;
  pacer: Pacer;
  opened: number[];
} {
  const clock = manualClock(START);
  const opened: number[] = [];
  const pacer = createPacer(
    clock,
    (uid) => paces[uid] ?? {},
    () => opened.push(clock.now() - START),
  );
  return { clock, pacer, opened };
}

/** Sends whenever it may, for so long; answers when that was. */
function sendAll(
  { clock, pacer }: { clock: ManualClock; pacer: Pacer },
  uid: string,
  forMs: number,
): number[] {
  const sent: number[] = [];
  const end = clock.now() + forMs;
  for (let at = pacer.opensAt(uid); at <= end; at = pacer.opensAt(uid)) {
    clock.goTo(at);
    pacer.spend(uid);
    sent.push(at - START);
  }
  return sent;
}

describe("a pace", () => {
  it("lets a burst through after a quiet time, and then one at a time", () => {
    const side = paced({ slack: { perSecond: 1, burst: 3 } });
    expect(sendAll(side, "slack", 3500)).toEqual([0, 0, 0, 1000, 2000, 3000]);
    side.clock.goTo(START + 60_000);
    expect(sendAll(side, "slack", 1500)).toEqual([60_000, 60_000, 60_000, 61_000]);
  });

  it("can be less than one a second", () => {
    const side = paced({ rare: { perSecond: 0.1 } });
    expect(sendAll(side, "rare", 25_000)).toEqual([0, 10_000, 20_000]);
  });

  it("keeps to its rate over any span, whenever it is asked", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 500, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 60 }),
        (perSecond, burst, waits) => {
          const { clock, pacer } = paced({ a: { perSecond, burst } });
          const sent: number[] = [];
          for (const wait of waits) {
            clock.goTo(clock.now() + wait);
            for (let n = 0; n < 50 && pacer.opensAt("a") <= clock.now(); n += 1) {
              pacer.spend("a");
              sent.push(clock.now());
            }
          }
          for (const [from, first] of sent.entries()) {
            for (const [to, last] of sent.entries()) {
              if (to < from) continue;
              expect(to - from + 1).toBeLessThanOrEqual(burst + ((last - first) * perSecond) / 1000 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("knows how many may leave soon", () => {
    const { pacer } = paced({ teams: { perSecond: 4 }, rare: { perSecond: 0.1 } });
    expect(pacer.countUntil("teams", START + 1000)).toBe(5);
    expect(pacer.countUntil("other", START)).toBe(Infinity);
    pacer.spend("rare");
    expect(pacer.countUntil("rare", START + 9000)).toBe(0);
    expect(pacer.closed()).toEqual(["rare"]);
  });

  it("calls when an integration opens again", () => {
    const { clock, pacer, opened } = paced({ slack: { perSecond: 1 }, teams: { perSecond: 4 } });
    pacer.spend("slack");
    pacer.spend("teams");
    clock.goTo(START + 5000);
    expect(opened).toContain(250);
    expect(opened).toContain(1000);
    expect(clock.next()).toBeUndefined();
  });

  it("does not wait for the hour that a clock is put back", () => {
    const { clock, pacer } = paced({ slack: { perSecond: 1 } });
    pacer.spend("slack");
    clock.set(START - 3_600_000);
    expect(pacer.opensAt("slack") - clock.now()).toBeLessThanOrEqual(1000);
  });
});

describe("a pause", () => {
  it("holds for the whole integration, until the latest moment that was named, and for no other", () => {
    const { clock, pacer, opened } = paced({});
    pacer.answered("a", 429, { pauseUntil: START + 30_000 });
    pacer.answered("a", 429, { pauseUntil: START + 10_000 });
    expect([pacer.opensAt("a"), pacer.opensAt("b")]).toEqual([START + 30_000, START]);
    expect(pacer.countUntil("a", START + 29_999)).toBe(0);
    clock.goTo(START + 30_000);
    expect(opened).toEqual([30_000]);
    expect([pacer.opensAt("a"), pacer.closed()]).toEqual([START + 30_000, []]);
  });

  const service = { name: "discord", refusals: 3, refusalsMs: 600_000 };

  it("of a service holds for all of its integrations", () => {
    const { clock, pacer, opened } = paced({ d1: { service }, d2: { service } });
    expect(pacer.opensAt("d2")).toBe(START);
    pacer.answered("d1", 429, { pauseUntil: START + 2000, pauseAllUntil: START + 2000 });
    expect([pacer.opensAt("d2"), pacer.opensAt("slack")]).toEqual([START + 2000, START]);
    expect(pacer.closed().toSorted()).toEqual(["d1", "d2"]);
    clock.goTo(START + 2000);
    expect(opened).toEqual([2000]);
  });

  it("comes before a service counts too many refusals, and ends when some of them are old", () => {
    const { clock, pacer } = paced({ d1: { service }, d2: { service } });
    for (const [uid, status] of [
      ["d1", 401],
      ["d2", 403],
      ["d1", 404],
    ] as const) {
      expect(pacer.answered(uid, status, {})).toBe(false);
      clock.goTo(clock.now() + 1000);
    }
    expect(pacer.opensAt("d2")).toBe(clock.now());
    expect(pacer.answered("d2", 429, {})).toBe(true);
    expect(pacer.opensAt("d1")).toBe(START + 600_000);
    clock.goTo(START + 600_000);
    expect(pacer.opensAt("d1")).toBe(clock.now());
    pacer.answered("d1", 401, {});
    expect(pacer.opensAt("d1")).toBe(START + 601_000);
  });
});

describe("the pace of an integration", () => {
  const policies = createPolicies(formats);
  const paceOf = (kind: string, spec: Fields): Pace => {
    const [id, resource = ""] = kind.split("/");
    const behaviour = providers.find((provider) => provider.id === id)?.kinds[resource];
    if (behaviour === undefined) throw new Error(kind);
    const record: StoreRecord = {
      uid: "u",
      kind: kind as StoreRecord["kind"],
      scope: "",
      id: "i",
      spec,
      confirm: false,
      createdAt: "2026-11-20T00:00:00.000Z",
      updatedAt: "2026-11-20T00:00:00.000Z",
    };
    return policies({ record, behaviour, firstDelayMs: 0 }).pace;
  };
  const slack = new Secret("https://hooks.slack.com/services/T0/B0/x");

  it.each<[string, Pace, Partial<Pace>]>([
    ["a raw webhook", paceOf("bellhop/integration", { name: "a", type: "RAW_WEBHOOK" }), {}],
    ["Slack", paceOf("bellhop/integration", { name: "a", type: "SLACK" }), { perSecond: 1, burst: 3 }],
    ["Teams", paceOf("bellhop/integration", { name: "a", type: "TEAMS" }), { perSecond: 4 }],
    [
      "its own limit",
      paceOf("bellhop/integration", { name: "a", type: "RAW_WEBHOOK", rateLimit: 0.5 }),
      { perSecond: 0.5, burst: 1 },
    ],
    [
      "a slower limit than Slack's",
      paceOf("bellhop/integration", { name: "a", type: "SLACK", rateLimit: 0.2 }),
      { perSecond: 0.2, burst: 1 },
    ],
    [
      "a faster limit than Slack's",
      paceOf("bellhop/integration", { name: "a", type: "SLACK", rateLimit: 50 }),
      { perSecond: 1, burst: 3 },
    ],
    [
      "Northflank's Slack",
      paceOf("northflank/notification", { name: "a", type: "SLACK" }),
      { perSecond: 1, burst: 3 },
    ],
    [
      "Northflank's Teams",
      paceOf("northflank/notification", { name: "a", type: "TEAMS_WORKFLOWS" }),
      { perSecond: 4 },
    ],
    ["Northflank's raw webhook", paceOf("northflank/notification", { name: "a", type: "RAW_WEBHOOK" }), {}],
    ["Qovery's Slack", paceOf("qovery/webhook", { kind: "SLACK" }), { perSecond: 1, burst: 3 }],
    [
      "Scalingo's Slack notifier",
      paceOf("scalingo/notifier", { platform: "slack" }),
      { perSecond: 1, burst: 3 },
    ],
    ["Scalingo's webhook notifier", paceOf("scalingo/notifier", { platform: "webhook" }), {}],
    [
      "Scalingo's notification to Slack",
      paceOf("scalingo/notification", { webhook_url: slack }),
      { perSecond: 1, burst: 3 },
    ],
    [
      "Cloudflare's webhook to Slack",
      paceOf("cloudflare/webhook", { url: slack }),
      { perSecond: 1, burst: 3 },
    ],
  ])("%s", (_name, found, expected) => expect(found).toEqual(expected));

  it("of Discord is what its answers say, and all of Discord's together are counted", () => {
    expect(paceOf("bellhop/integration", { name: "a", type: "DISCORD" })).toMatchObject({
      service: { name: "discord", refusalsMs: 600_000 },
    });
  });
});

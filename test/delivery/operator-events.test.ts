/** What operators are told: through other integrations, once each, never in a loop, together with what it tells of. */
import { describe, expect, it } from "vitest";
import { buildRoutes } from "../../src/delivery/routes.ts";
import { operatorEvent } from "../../src/delivery/operator-events.ts";
import { providers } from "../../src/generated/registry.ts";
import type { Event } from "../../src/model/event.ts";
import { secret, storeRecord } from "../support/records.ts";
import { becomes, deliverySide, START, until } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";

const HOUR = 3_600_000;

const eventOf = (type: string): Event => ({
  id: "e",
  type,
  provider: "bellhop",
  time: "2026-11-20T12:00:00Z",
  data: {},
  body: {},
});

describe("who is told", () => {
  const table = (events: readonly string[] | undefined) =>
    buildRoutes(
      [
        {
          scopes: [{ provider: "bellhop" }],
          records: [
            storeRecord(
              "bellhop/integration",
              {
                name: "x",
                type: "RAW_WEBHOOK",
                webhook: secret("http://127.0.0.1/"),
                ...(events && { events: [...events] }),
              },
              { uid: "ops", key: "ops" },
            ),
          ],
        },
      ],
      providers,
    );

  it.for([
    ["everything", undefined, []],
    ["a star", ["*"], []],
    ["stars and colons", ["*:*", "*.*", "**"], []],
    ["a glob without the dot", ["integration*"], []],
    ["a glob before the dot", ["{integration,delivery}.*"], []],
    ["all but some", ["!build:*"], []],
    ["the kind", ["integration.*"], ["integration.failing", "integration.disabled", "integration.recovered"]],
    ["one by name", ["integration.disabled"], ["integration.disabled"]],
    ["a name beside a star", ["*", "delivery.exhausted"], ["delivery.exhausted"]],
    [
      "the kind without one",
      ["integration.*", "!*.recovered"],
      ["integration.failing", "integration.disabled"],
    ],
    ["an exclusion that comes first", ["!*.failing", "integration.failing"], ["integration.failing"]],
    [
      "both kinds",
      ["integration.*", "delivery.*"],
      ["integration.failing", "integration.disabled", "integration.recovered", "delivery.exhausted"],
    ],
  ] as const)("%s", ([, events, told]) => {
    const routes = table(events);
    const all = [
      "integration.failing",
      "integration.disabled",
      "integration.recovered",
      "delivery.exhausted",
    ];
    expect(all.filter((type) => routes.tell(eventOf(type), "other").length > 0)).toEqual(told);
    expect(all.flatMap((type) => routes.tell(eventOf(type), "ops"))).toEqual([]);
  });
});

interface Got {
  readonly path: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** One server; `answers` says what each path is answered with. */
async function server(answers: Record<string, number>): Promise<{ url: string; got: Got[] }> {
  const got: Got[] = [];
  const url = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const path = request.url ?? "";
      const { type, data } = JSON.parse(body) as Got;
      if (path !== "/hook") got.push({ path, type, data });
      response.writeHead(answers[path] ?? 200).end();
    });
  });
  return { url, got };
}

const OPS = { events: ["integration.*", "delivery.*"] };

describe("what they are told", () => {
  it("failing at half and three quarters, disabled, and recovered: once each, with what to do", async () => {
    const answers: Record<string, number> = { "/hook": 503 };
    const { url, got } = await server(answers);
    const side = await deliverySide(
      [
        {
          key: "hook",
          webhook: `${url}/hook`,
          spec: { events: ["com.*"], retry: { schedule: ["0s", "1h", "1h", "1h", "1h", "1h"] } },
        },
        { key: "ops", webhook: `${url}/ops`, spec: OPS },
      ],
      { failures: 4, afterMs: 2 * HOUR, probeMs: HOUR },
    );
    await side.emit("first");
    for (const failures of [1, 2, 3, 4]) {
      await becomes(() => side.health("hook"), { numberOfFailedRequests: failures });
      await side.clock.advance(1.3 * HOUR);
    }
    await until(() => got.length === 3);
    await side.emit("second");
    answers["/hook"] = 200;
    await until(async () => {
      await side.clock.advance(HOUR);
      return got.length === 4;
    });
    expect(got.map(({ path, type }) => `${path} ${type}`)).toEqual([
      "/ops integration.failing",
      "/ops integration.failing",
      "/ops integration.disabled",
      "/ops integration.recovered",
    ]);
    expect(got.map(({ data }) => data)).toMatchObject([
      {
        percent: 50,
        numberOfFailedRequests: 2,
        disabled: false,
        disabledAfter: { failures: 4, seconds: 7200 },
        held: 1,
      },
      { percent: 75, numberOfFailedRequests: 3, disabled: false },
      {
        integration: { key: "hook", kind: "bellhop/integration" },
        disabled: true,
        cause: "failures",
        numberOfFailedRequests: 4,
        held: 1,
        lastAnswer: "answered 503",
        probeAt: expect.any(String),
        commands: [
          { command: "bellhop deliveries list --integration hook" },
          { command: "bellhop test hook" },
          { command: "bellhop deliveries recover hook" },
        ],
      },
      {
        disabled: false,
        numberOfFailedRequests: expect.any(Number),
        held: 2,
        commands: [{ command: "bellhop deliveries recover hook" }],
      },
    ]);
    const first = String(got[2]?.data["timeOfFirstFailedRequest"]);
    expect(Date.parse(first)).toBeLessThan(START + 60_000);
  });

  it("a delivery that is given up, but not one of such an event itself, nor a test", async () => {
    const { url, got } = await server({ "/hook": 500, "/ops": 500 });
    const once = { retry: { schedule: ["0s"] } };
    const side = await deliverySide(
      [
        { key: "hook", webhook: `${url}/hook`, spec: { ...once, events: ["com.*"] } },
        { key: "ops", webhook: `${url}/ops`, spec: { ...once, ...OPS } },
        { key: "more", webhook: `${url}/more`, spec: OPS },
      ],
      { failures: 20, afterMs: HOUR, probeMs: HOUR },
    );
    await side.emit("first", "com.example.t", { project: "shop" });
    await until(() => got.length === 2);
    const found = side.now().engine.find("hook");
    if (found !== undefined) await side.now().engine.test(found);
    await becomes(() => side.list("hook"), [{ status: "exhausted" }, { status: "exhausted" }]);
    await becomes(() => side.list("ops"), [{ status: "exhausted" }]);
    expect(got.map(({ path, type }) => `${path} ${type}`).toSorted()).toEqual([
      "/more delivery.exhausted",
      "/ops delivery.exhausted",
    ]);
    const [delivery] = await side.list("hook");
    expect(got[0]?.data).toMatchObject({
      lastAnswer: "answered 500",
      delivery: { id: delivery?.id, event: { id: "first", type: "com.example.t" }, attempts: 1 },
    });
    expect(await side.now().outbox.events({ event: "delivery.exhausted" })).toMatchObject({
      events: [{ source: "bellhop", event: { project: { name: "shop" } } }],
    });
  });

  it("does not run in circles when everybody tells everybody and nobody answers", async () => {
    const { url, got } = await server({ "/a": 500, "/b": 500 });
    const spec = { retry: { schedule: ["0s"] } };
    const side = await deliverySide(
      [
        {
          key: "a",
          webhook: `${url}/a`,
          spec: { ...spec, events: ["com.*", "integration.*", "delivery.*"] },
        },
        { key: "b", webhook: `${url}/b`, spec: { ...spec, events: ["integration.*", "delivery.*"] } },
      ],
      { failures: 1, afterMs: 0, probeMs: HOUR },
    );
    await side.emit("first");
    await becomes(() => side.health("a"), { disabled: true });
    await becomes(() => side.health("b"), { disabled: true });
    await side.clock.advance(10 * HOUR);
    await becomes(() => side.list("a", "pending", "delivering"), []);
    await becomes(() => side.list("b", "pending", "delivering"), []);
    expect(got.filter(({ type }) => type === "integration.disabled").length).toBeLessThanOrEqual(3);
    expect((await side.now().outbox.events({ event: "integration.*" })).events).toHaveLength(2);
  });
});

it("is the same event, whenever it is made of the same attempt", () => {
  const record = storeRecord("bellhop/integration", { name: "x" });
  const health = {
    integrationUid: "u",
    disabled: false,
    warned: 0,
    numberOfFailedRequests: 1,
    confirmed: true,
  };
  const delivery = {
    id: "D1",
    eventId: "e",
    eventType: "t",
    integrationUid: record.uid,
    integration: "x",
    kind: record.kind,
    status: "delivering" as const,
    attempts: 9,
    attemptsInRound: 9,
    createdAt: 0,
    trigger: "schedule" as const,
  };
  const rules = { failures: 1, afterMs: 1, probeMs: 1 };
  const occasion = {
    delivery,
    event: eventOf("t"),
    record,
    health,
    note: "answered 500",
    owed: 1,
    rules,
    at: 5,
  };
  const id = (attempts: number): string =>
    operatorEvent({ type: "delivery.exhausted" }, { ...occasion, delivery: { ...delivery, attempts } }).id;
  expect(id(9)).toBe(id(9));
  expect(id(9)).not.toBe(id(10));
});

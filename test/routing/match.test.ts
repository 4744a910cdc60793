import { describe, expect, test } from "vitest";
import { providers } from "../../src/generated/registry.ts";
import type { Event } from "../../src/model/event.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { compileRoutes } from "../../src/routing/match.ts";
import { recognise } from "../../src/routing/recognise.ts";
import { complete } from "../support/records.ts";

function subscription(more: Partial<Subscription>): Subscription {
  return { uid: "s", destinationUid: "s", enabled: true, provider: "any", events: "all", ...more };
}

function event(more: Partial<Event> = {}): Event {
  return {
    id: "1",
    type: "build:start",
    aliases: ["trigger:build:start"],
    provider: "northflank",
    time: "2026-01-01T00:00:00Z",
    data: {},
    body: {},
    ...more,
  };
}

const matches = (asked: Partial<Subscription>, happened: Event): boolean =>
  compileRoutes([subscription(asked)]).match(happened).length === 1;

describe("event types", () => {
  test.for<[Subscription["events"], boolean]>([
    ["all", true],
    [{ names: ["build:start"] }, true],
    [{ names: ["trigger:build:start"] }, true],
    [{ names: ["Build:Start"] }, false],
    [{ names: [] }, false],
    [{ globs: ["build:*"] }, true],
    [{ globs: ["trigger:build:*"] }, true],
    [{ globs: ["job:*"] }, false],
    [{ globs: ["build:*", "!build:start"] }, false],
    [{ globs: ["build:*", "!trigger:build:start"] }, false],
    [{ globs: ["trigger:*", "!build:*", "build:start"] }, true],
    [{ globs: ["!build:abort"] }, true],
    [{ globs: ["!build:*"] }, false],
    [{ globs: ["*"] }, true],
    [{ globs: ["{build,job}:start"] }, true],
    [{ globs: [] }, false],
  ])("%j: %s", ([events, expected]) => {
    expect(matches({ events }, event())).toBe(expected);
  });

  test("what is not enabled matches nothing", () => {
    expect(matches({ enabled: false }, event())).toBe(false);
  });
});

describe("providers", () => {
  const cloudEvent = (type: string): Event => {
    const found = recognise({ specversion: "1.0", id: "1", source: "/", type, data: {} }, providers);
    if (found === undefined) throw new Error("not recognised");
    return complete(found);
  };

  test.for([
    { provider: "any", happened: event(), expected: true },
    { provider: "northflank", happened: event(), expected: true },
    { provider: "scalingo", happened: event(), expected: false },
    { provider: "northflank", happened: event({ provider: "bellhop" }), expected: false },
    { provider: "any", happened: cloudEvent("anything"), expected: true },
    { provider: "scalingo", happened: cloudEvent("anything"), expected: false },
    { provider: "scalingo", happened: cloudEvent("app_deployed"), expected: true },
    { provider: "qovery", happened: cloudEvent("app_deployed"), expected: false },
  ])(
    "$provider and an event of $happened.provider ($happened.type): $expected",
    ({ provider, happened, expected }) => {
      expect(matches({ provider }, happened)).toBe(expected);
    },
  );

  test("a CloudEvent is found by the names that its provider has for it", () => {
    const happened = cloudEvent("app_deployed");
    expect(matches({ provider: "scalingo", events: { names: ["deployment"] } }, happened)).toBe(true);
    expect(matches({ provider: "scalingo", events: { names: ["crash"] } }, happened)).toBe(false);
  });
});

describe("filters", () => {
  const project = { id: "p-1", name: "Web Shop" };
  test.for<[Partial<Subscription>, Partial<Event>, boolean]>([
    [{ projects: ["web*"] }, { project }, true],
    [{ projects: ["WEB SHOP"] }, { project }, true],
    [{ projects: ["P-?"] }, { project }, true],
    [{ projects: ["shop"] }, { project }, false],
    [{ projects: ["*", "!web*"] }, { project }, false],
    [{ projects: ["!api*"] }, { project }, true],
    [{ projects: ["*"] }, {}, false],
    [{ projects: [] }, {}, true],
    [{ environments: ["prod*"] }, { environment: { name: "Production" } }, true],
    [{ environments: ["prod*"] }, { environment: { name: "staging" } }, false],
    [{ environments: ["prod*"] }, {}, false],
    [{ environmentModes: ["PRODUCTION"] }, { environment: { name: "main", mode: "production" } }, true],
    [{ environmentModes: ["PRODUCTION"] }, { environment: { name: "production", mode: "STAGING" } }, false],
    [{ environmentModes: ["PRODUCTION"] }, { environment: { name: "production" } }, true],
    [{ environmentModes: ["PRODUCTION"] }, {}, false],
    [{ scope: "storefront" }, { scope: { id: "1", name: "Storefront" } }, true],
    [{ scope: "1" }, { scope: { id: "1", name: "Storefront" } }, true],
    [{ scope: "other" }, { scope: { id: "1", name: "Storefront" } }, false],
    [{ scope: "other" }, {}, true],
  ])("%j and %j: %s", ([asked, happened, expected]) => {
    expect(matches(asked, event(happened))).toBe(expected);
  });
});

describe("conditions", () => {
  const data = {
    status: "Unhealthy",
    slo: 99.9,
    on: true,
    components: [{ id: "a" }, { id: "5d3f7a0b-e01e-4c1a-b9a4-fd2e6c7a0005" }],
    service: { tags: ["web", "eu"] },
  };
  test.for([
    { paths: ["status"], values: ["unhealthy"], expected: true },
    { paths: ["state", "status"], values: ["Unhealthy"], expected: true },
    { paths: ["status"], values: ["healthy"], expected: false },
    { paths: ["slo"], values: ["99.9"], expected: true },
    { paths: ["on"], values: ["true"], expected: true },
    { paths: ["components.id"], values: ["5D3F7A0BE01E4C1AB9A4FD2E6C7A0005"], expected: true },
    { paths: ["service.tags"], values: ["eu", "us"], expected: true },
    { paths: ["service.tags"], values: ["eu", "us"], every: true, expected: false },
    { paths: ["service.tags"], values: ["eu", "web"], every: true, expected: true },
    { paths: ["constructor"], values: ["x"], expected: false },
    { paths: ["service"], values: ["web"], expected: false },
  ])("$paths $values $every: $expected", ({ expected, ...condition }) => {
    expect(matches({ conditions: [condition] }, event({ data }))).toBe(expected);
  });
});

test("10,000 subscriptions: exactly those that asked, in their order, each once", () => {
  const subscriptions = Array.from({ length: 10_000 }, (_, index) =>
    subscription({
      uid: `s${index}`,
      events:
        index % 2 === 0
          ? { names: [`type-${index % 100}`, "build:start"] }
          : { globs: [`type-${index % 100}*`] },
      projects: index % 5 === 0 ? [`team-${index % 10}-*`] : [],
    }),
  );
  const routes = compileRoutes(subscriptions);
  const found = routes.match(
    event({ type: "type-40", aliases: ["build:start"], project: { id: "team-0-x" } }),
  );
  const expected = subscriptions.filter((_, index) => index % 2 === 0).map(({ uid }) => uid);
  expect(found.map(({ uid }) => uid)).toEqual(expected);
  const odd = routes.match(event({ type: "type-15", aliases: [] }));
  expect(odd.map(({ uid }) => uid)).toEqual(
    subscriptions
      .filter((_, index) => (index % 100 === 15 || index % 100 === 1) && index % 5 !== 0)
      .map(({ uid }) => uid),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { providers } from "../../src/generated/registry.ts";
import { recognise } from "../../src/routing/recognise.ts";
import * as body from "../providers/documented.ts";

describe("documented bodies", () => {
  test.for(body.documented)("$claimedBy alone claims its own", ({ claimedBy, body: documented }) => {
    const claims = providers.filter((provider) => provider.recognise(documented) !== undefined);
    expect(claims.map(({ id }) => id)).toEqual([claimedBy]);
    expect(recognise(documented, providers)?.provider).toBe(claimedBy);
    expect(recognise(documented, providers)?.body).toBe(documented);
  });

  test("a CloudEvent is nobody's", () => {
    expect(providers.filter((provider) => provider.recognise(body.cloudEvent) !== undefined)).toEqual([]);
  });

  test("Northflank", () => {
    expect(recognise(body.northflankBuildStart, providers)).toEqual({
      type: "build:start",
      aliases: ["trigger:build:start"],
      provider: "northflank",
      project: { id: "personal-blog", name: "Personal Blog" },
      data: body.northflankBuildStart.data,
      body: body.northflankBuildStart,
    });
  });

  test("Scalingo", () => {
    const app = { id: "5343eccd646173000a140000", name: "appname" };
    expect(recognise(body.scalingoDeployment, providers)).toEqual({
      id: "54dcdd4a73636100011a0000",
      type: "deployment",
      aliases: ["app_deployed"],
      provider: "scalingo",
      time: "2015-02-12T18:05:14.226+01:00",
      project: app,
      scope: app,
      data: body.scalingoDeployment.type_data,
      body: body.scalingoDeployment,
    });
    const inProject = { ...body.scalingoDeployment, project_id: "prj-1", project_name: "shop" };
    expect(recognise(inProject, providers)).toMatchObject({
      project: { id: "prj-1", name: "shop" },
      scope: app,
    });
  });

  test("Qovery", () => {
    const { payload } = body.qoveryFailure;
    expect(recognise(body.qoveryFailure, providers)).toEqual({
      type: "DEPLOYMENT_FAILURE",
      provider: "qovery",
      time: "2026-03-04T05:06:07Z",
      project: payload.project,
      environment: payload.environment,
      scope: payload.organization,
      data: payload,
      body: body.qoveryFailure,
    });
  });

  test("Cloudflare", () => {
    expect(recognise(body.cloudflareHealthCheck, providers)).toEqual({
      type: "health_check_status_notification",
      provider: "cloudflare",
      time: "2026-03-04T05:06:07.000Z",
      scope: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
      data: body.cloudflareHealthCheck.data,
      body: body.cloudflareHealthCheck,
    });
    const { text, ts, data } = body.cloudflareHealthCheck;
    expect(recognise({ text, ts, data }, providers)?.provider).toBe("cloudflare");
    expect(recognise({ text, policy_id: "p" }, providers)?.provider).toBe("cloudflare");
    expect(recognise({ text }, providers)).toBeUndefined();
  });

  test("Bellhop's own", () => {
    expect(recognise(body.bellhopRaw, providers)).toEqual({
      id: "01J0",
      type: "build:start",
      provider: "bellhop",
      time: "2026-03-04T05:06:07Z",
      project: { name: "web-shop" },
      data: { a: 1 },
      body: body.bellhopRaw,
    });
    for (const member of ["id", "type", "timestamp", "data"] as const) {
      const { [member]: _left, ...rest } = body.bellhopRaw;
      expect(recognise(rest, providers)).toBeUndefined();
    }
  });
});

describe("CloudEvents", () => {
  test("project and environment are extension attributes, data is verbatim", () => {
    expect(recognise(body.cloudEvent, providers)).toEqual({
      id: "A234-1234-1234",
      origin: "/ci",
      type: "com.example.deployed",
      provider: "cloudevents",
      time: "2026-03-04T05:06:07Z",
      project: { name: "web-shop" },
      environment: { name: "production" },
      data: body.cloudEvent.data,
      body: body.cloudEvent,
    });
  });

  test.for([
    { type: "build:start", aliases: ["trigger:build:start"], knownTo: ["northflank"] },
    { type: "trigger:build:start", aliases: ["build:start"], knownTo: ["northflank"] },
    { type: "app_deployed", aliases: ["deployment"], knownTo: ["scalingo"] },
    { type: "deployment", aliases: ["app_deployed"], knownTo: ["scalingo"] },
    { type: "DEPLOYMENT_STARTED", aliases: undefined, knownTo: ["qovery"] },
    { type: "universal_ssl_event_type", aliases: undefined, knownTo: ["cloudflare"] },
    { type: "build:started", aliases: undefined, knownTo: undefined },
  ])("$type is known to $knownTo", ({ type, aliases, knownTo }) => {
    const event = recognise({ specversion: "1.0", id: "1", source: "/", type, data: {} }, providers);
    expect(event?.type).toBe(type);
    expect(event?.aliases).toEqual(aliases);
    expect(event?.knownTo).toEqual(knownTo);
  });

  test.for([
    {
      name: "JSON",
      encoded: Buffer.from('{"a":[1]}').toString("base64"),
      mediaType: undefined,
      data: { a: [1] },
    },
    { name: "text", encoded: Buffer.from("hé").toString("base64"), mediaType: "text/plain", data: "hé" },
    {
      name: "text that looks like JSON",
      encoded: Buffer.from("1").toString("base64"),
      mediaType: "text/plain",
      data: "1",
    },
    { name: "bytes", encoded: "/w==", mediaType: "application/octet-stream", data: "/w==" },
  ])("data_base64 holding $name", ({ encoded, mediaType, data }) => {
    const event = { specversion: "1.0", id: "1", source: "/", type: "t", data_base64: encoded };
    const typed = mediaType === undefined ? event : { ...event, datacontenttype: mediaType };
    expect(recognise(typed, providers)?.data).toEqual(data);
  });
});

describe("what makes no sense", () => {
  test.for([
    { name: "a numeric id", body: { ...body.bellhopRaw, id: 7 } },
    { name: "a blank type", body: { ...body.cloudEvent, type: " " } },
    { name: "a type without end", body: { ...body.cloudEvent, type: "x".repeat(5000) } },
    { name: "another CloudEvents version", body: { ...body.cloudEvent, specversion: "0.3" } },
    { name: "data that is no object", body: { event: "build:start", data: "x" } },
    { name: "a list", body: [body.cloudEvent] },
    { name: "null", body: null },
    { name: "nothing", body: {} },
  ])("$name is no event", ({ body: given }) => {
    expect(recognise(given, providers)).toBeUndefined();
  });

  test.for([
    { name: "a time of no calendar", member: "time", body: { ...body.cloudEvent, time: "soon" } },
    {
      name: "a time before 1970",
      member: "time",
      body: { ...body.cloudEvent, time: "0001-01-01T00:00:00Z" },
    },
    { name: "an id that is a number", member: "id", body: { ...body.cloudEvent, id: 7 } },
    { name: "a blank id", member: "id", body: { ...body.cloudEvent, id: "  " } },
    { name: "an id without end", member: "id", body: { ...body.cloudEvent, id: "x".repeat(5000) } },
    { name: "a project that is a list", member: "project", body: { ...body.cloudEvent, project: ["a"] } },
    { name: "seconds beyond all time", member: "time", body: { ...body.cloudflareHealthCheck, ts: 1e18 } },
    { name: "a Scalingo time", member: "time", body: { ...body.scalingoDeployment, created_at: 5 } },
  ])("$name is left out", ({ member, body: given }) => {
    const event = recognise(given, providers);
    expect(event?.body).toBe(given);
    expect(event).not.toHaveProperty(member);
  });

  test("no JSON is thrown at", () => {
    const members = [
      "specversion",
      "id",
      "type",
      "event",
      "data",
      "event_type",
      "payload",
      "app_id",
      "text",
      "ts",
      "time",
    ];
    const bodies = fc.dictionary(fc.constantFrom(...members), fc.oneof(fc.jsonValue(), fc.constant("1.0")));
    fc.assert(fc.property(bodies, (given) => void recognise(JSON.parse(JSON.stringify(given)), providers)));
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { providers } from "../../src/generated/registry.ts";
import { isJsonObject } from "../../src/model/body.ts";
import type { Json } from "../../src/model/value.ts";
import { whyNoEvent } from "../../src/routing/nearest-shape.ts";
import { CLOUD_EVENT_SHAPE, recognise } from "../../src/routing/recognise.ts";
import * as body from "../providers/documented.ts";

const NONE = "not an event of a known shape";
const nearest = (title: string, lacks: string): string =>
  `${NONE}: nearest is ${title}, for which it lacks a usable ${lacks}`;

test.for<[Json, string]>([
  [{ id: "a", type: "build", data: {} }, nearest("Bellhop's own", "`timestamp`")],
  [{ id: "a", type: "build", timestamp: "today", data: 1 }, nearest("Bellhop's own", "`timestamp`")],
  [{ type: "build", data: {} }, nearest("Bellhop's own", "`id` and `timestamp`")],
  [{ id: "a", source: "/ci", type: "build", data: {} }, nearest("CloudEvents", '`specversion` "1.0"')],
  [{ specversion: "0.3", id: "a", source: "/ci", type: "b" }, nearest("CloudEvents", '`specversion` "1.0"')],
  [{ specversion: "1.0", id: "a", source: "/ci", type: 7 }, nearest("CloudEvents", "`type`")],
  [{ event: "trigger:build:start" }, nearest("Northflank's webhook body", "`data`")],
  [{ type: "deployment", type_data: {} }, nearest("Scalingo's event", "`app_id` or `app_name`")],
  [{ event_type: "X", data: {} }, nearest("Northflank's webhook body", "`event`")],
  [{ event_type: "X" }, nearest("Qovery's webhook body", "`payload` or `payload_type`")],
  [{ text: "hello" }, nearest("Cloudflare's webhook body", "`alert_type`, `policy_id`, or `ts` with `data`")],
  [{ hello: "world" }, NONE],
  [{}, NONE],
  [7, `${NONE}: not a JSON object`],
  [[], `${NONE}: not a JSON object`],
  [null, `${NONE}: not a JSON object`],
])("%j", ([given, reason]) => {
  expect(recognise(given, providers)).toBeUndefined();
  expect(whyNoEvent(given, providers)).toBe(reason);
});

describe("a body is an event exactly when it has what its shape needs", () => {
  const member = fc.constantFrom<Json>("1.0", "", "x", 7, {}, { a: 1 }, [], null, "2026-03-04T05:06:07Z");
  const all = [body.cloudEvent, ...body.documented.map((one) => one.body)];
  const names = [...new Set(all.filter((one) => isJsonObject(one)).flatMap((one) => Object.keys(one)))];
  const bodies = fc.dictionary(fc.constantFrom(...names, "id", "timestamp"), member, { maxKeys: 8 });
  const known = [
    { id: "cloudevents", shape: CLOUD_EVENT_SHAPE, recognise: (given: Json) => recognise(given, []) },
    ...providers,
  ];
  test.for(known)("$id", (one) => {
    const has = (given: Record<string, Json>): boolean =>
      Object.values(one.shape.needs).every((need) => need(given));
    fc.assert(fc.property(bodies, (given) => has(given) === (one.recognise(given) !== undefined)));
    for (const documented of all) {
      if (isJsonObject(documented)) expect(has(documented)).toBe(one.recognise(documented) !== undefined);
    }
  });
});

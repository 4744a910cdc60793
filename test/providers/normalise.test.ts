import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kindSpecs } from "../../src/generated/kinds.ts";
import type { KindSpec } from "../../src/model/field.ts";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Fields, Value } from "../../src/model/value.ts";
import { behaviour } from "../support/records.ts";

function normalise(kind: string, spec: Fields): Fields {
  const found = kindSpecs.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return behaviour(kind).normalise(spec, found);
}

const url = new Secret("https://example.com");
const unknown = new Unresolved("${env:X}", true);

test.for<{ name: string; kind: string; given: Fields; expected: Fields }>([
  {
    name: "defaults, `false` events and read-only fields",
    kind: "northflank/notification",
    given: {
      id: "a",
      status: { disabled: true },
      createdAt: "2026-01-01T00:00:00Z",
      name: "N",
      type: "DISCORD",
      webhook: url,
      events: {
        "trigger:build:success": true,
        "trigger:build:abort": false,
        "trigger:addon-backup:start": true,
      },
      projects: ["b", "a", "b"],
    },
    expected: {
      name: "N",
      type: "DISCORD",
      webhook: url,
      restricted: false,
      projects: ["a", "b"],
      events: { "trigger:addon-backup:start": true, "trigger:build:success": true },
    },
  },
  {
    name: "a required map without entries stays",
    kind: "northflank/notification",
    given: { name: "N", type: "DISCORD", webhook: unknown, events: { x: false }, projects: [] },
    expected: { name: "N", type: "DISCORD", webhook: unknown, restricted: false, events: {} },
  },
  {
    name: "absent, null and empty are the same",
    kind: "qovery/webhook",
    given: {
      kind: "STANDARD",
      target_url: url,
      description: "",
      target_secret: null,
      events: ["DEPLOYMENT_SUCCESSFUL", "DEPLOYMENT_FAILURE"],
      project_names_filter: [],
      environment_types_filter: null,
      target_secret_set: true,
      something: 1,
    },
    expected: {
      kind: "STANDARD",
      target_url: url,
      enabled: true,
      events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_SUCCESSFUL"],
    },
  },
  {
    name: "a set that ignores case",
    kind: "qovery/webhook",
    given: { kind: "SLACK", target_url: url, events: [], project_names_filter: ["b", "A", "B", "a"] },
    expected: { kind: "SLACK", target_url: url, enabled: true, events: [], project_names_filter: ["A", "b"] },
  },
  {
    name: "what is selected while everything is sent",
    kind: "scalingo/notifier",
    given: { name: "N", platform: "webhook", send_all_events: true, selected_events: ["app_deployed"] },
    expected: { name: "N", platform: "webhook", active: true, send_all_events: true, send_all_alerts: false },
  },
  {
    name: "destinations by id without hyphens, by reference, and empty mechanisms and filters",
    kind: "cloudflare/policy",
    given: {
      name: "P",
      alert_type: "incident_alert",
      mechanisms: {
        email: [],
        webhooks: [{ ref: "on-call" }, { id: "B115D5EC-15C6-41EE-8B76-92C449B5227B" }, { ref: "on-call" }],
      },
      filters: { zones: [], slo: ["99.9", "99.7"] },
    },
    expected: {
      name: "P",
      alert_type: "incident_alert",
      enabled: true,
      mechanisms: { webhooks: [{ id: "b115d5ec15c641ee8b7692c449b5227b" }, { ref: "on-call" }] },
      filters: { slo: ["99.7", "99.9"] },
    },
  },
  {
    name: "the order of events matters to our own kind",
    kind: "bellhop/integration",
    given: {
      name: "B",
      type: "SLACK",
      webhook: url,
      events: ["b*", "!bc", "bcd"],
      headers: {},
      projects: ["b", "a"],
    },
    expected: {
      name: "B",
      type: "SLACK",
      webhook: url,
      enabled: true,
      events: ["b*", "!bc", "bcd"],
      projects: ["a", "b"],
      timeout: "15s",
    },
  },
])("$kind: $name", ({ kind, given, expected }) => {
  const before = structuredClone(JSON.parse(JSON.stringify(given)));
  expect(normalise(kind, given)).toEqual(expected);
  expect(JSON.parse(JSON.stringify(given))).toEqual(before);
});

const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.constant(url as Value),
  fc.constant(unknown as Value),
);

/** Values that mostly have a field's form, and sometimes do not. */
const specs = (kind: KindSpec): fc.Arbitrary<Fields> =>
  fc.dictionary(
    fc.constantFrom(...Object.keys(kind.fields)),
    fc.oneof(
      leaf,
      fc.array(fc.oneof(leaf, fc.dictionary(fc.constantFrom("id", "ref"), leaf)), { maxLength: 4 }),
      fc.dictionary(
        fc.constantFrom("tags", "webhooks", "email", "zones", "webhook_url", "schedule", "x"),
        leaf,
      ),
    ),
  );

describe("idempotent", () => {
  test.for(kindSpecs)("$kind", (kind) => {
    fc.assert(
      fc.property(specs(kind), (spec) => {
        const once = behaviour(kind.kind).normalise(spec, kind);
        expect(behaviour(kind.kind).normalise(once, kind)).toEqual(once);
      }),
    );
  });
});

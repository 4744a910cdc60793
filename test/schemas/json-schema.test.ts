import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { DURATION_PATTERN, kindSchema } from "../../src/model/json-schema.ts";
import type { SchemaForm } from "../../src/model/json-schema.ts";
import { northflankEvents } from "./documented.ts";

const folder = path.join(import.meta.dirname, "../../schemas");
const ours = readdirSync(folder).filter((name) => name.endsWith(".schema.json") && !name.startsWith("plan."));
const forms: readonly SchemaForm[] = ["editor", "trusted", "documented"];

describe("ajv takes every schema in strict mode", () => {
  test.for(ours)("%s", (name) => {
    expect(() => compileFile(name)).not.toThrow();
  });

  test.for(kindSpecs.flatMap((kind) => forms.map((form) => ({ kind: kind.kind, form }))))(
    "$kind as $form",
    ({ kind, form }) => {
      expect(() => compileKind(kind, form)).not.toThrow();
    },
  );
});

const everyEvent = Object.fromEntries(northflankEvents.map((event) => [event, true]));
const northflank = {
  name: "Example Notification",
  type: "RAW_WEBHOOK",
  webhook: "https://example.com/webhooks",
  restricted: true,
  projects: ["default-project"],
  events: everyEvent,
};
const qovery = {
  kind: "STANDARD",
  target_url: "https://example.com/qovery",
  events: ["DEPLOYMENT_STARTED"],
  target_secret: "s3cret",
  description: "For the deploy board",
  enabled: true,
  project_names_filter: ["product*"],
  environment_types_filter: ["PRODUCTION"],
};
const scalingo = { webhook_url: "https://hooks.slack.com/TXXXXX/BXXXXX/XXXXXXXXXX", active: false };
const notifier = {
  name: "My notifier",
  platform: "slack",
  selected_events: ["app_deployed"],
  type_data: { webhook_url: "https://hooks.slack.com/services/A/B/c" },
};
const webhook = { name: "On call", url: "https://example.com/cf", secret: "s3cret" };
const policy = {
  name: "Origin errors",
  alert_type: "http_alert_origin_error",
  enabled: true,
  mechanisms: {
    email: [{ id: "ops@example.com" }],
    webhooks: [{ id: "14cc1190-5d2b-4b98-a696-c424cb2ad05f" }],
  },
  filters: { zones: ["023e105f4ecef8ad9ca31a8372d0c353"], slo: ["99.9"] },
};
const bellhop = {
  name: "Deploys",
  type: "RAW_WEBHOOK",
  webhook: "https://example.com/hook",
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  events: ["build:*", "!build:abort", "DEPLOYMENT_FAILURE"],
  projects: ["web-*"],
  headers: { authorization: "Bearer x" },
  timeout: "15s",
  retry: { schedule: ["0s", "5m"] },
  rateLimit: 0.5,
};
const examples: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["northflank/notification", northflank],
  ["qovery/webhook", qovery],
  ["scalingo/notification", scalingo],
  ["scalingo/notifier", notifier],
  ["cloudflare/webhook", webhook],
  ["cloudflare/policy", policy],
  ["bellhop/integration", bellhop],
];

describe("documented bodies are valid in every form", () => {
  test.for(examples.flatMap(([kind, body]) => forms.map((form) => ({ kind, form, body }))))(
    "$kind as $form",
    ({ kind, form, body }) => {
      const validate = compileKind(kind, form);
      const valid = validate(body);
      expect({ valid, errors: validate.errors }).toEqual({ valid: true, errors: null });
    },
  );
});

describe("a body with a mistake is not", () => {
  const wrong: readonly (readonly [string, object, string])[] = [
    ["northflank/notification", { ...northflank, name: "ab" }, "a name that is too short"],
    ["northflank/notification", { ...northflank, name: "9 lives" }, "a name that starts with a digit"],
    ["northflank/notification", { ...northflank, name: "a".repeat(40) }, "a name that is too long"],
    ["northflank/notification", { ...northflank, type: "EMAIL" }, "a type that there is not"],
    ["northflank/notification", { ...northflank, webhook: "example.com" }, "a URL without a scheme"],
    ["northflank/notification", { ...northflank, projects: ["no spaces"] }, "a project id with a space"],
    [
      "northflank/notification",
      { ...northflank, events: { "trigger:build:start": "yes" } },
      "an event as text",
    ],
    ["northflank/notification", { ...northflank, id: "example" }, "a read-only field"],
    ["northflank/notification", { ...northflank, status: { disabled: false } }, "a read-only object"],
    ["northflank/notification", without(northflank, "events"), "no events"],
    ["qovery/webhook", { ...qovery, kind: "EMAIL" }, "a kind that there is not"],
    ["qovery/webhook", { ...qovery, environment_types_filter: ["TEST"] }, "a mode that there is not"],
    ["qovery/webhook", { ...qovery, target_secret_set: true }, "a read-only field"],
    ["qovery/webhook", without(qovery, "target_url"), "no URL"],
    ["scalingo/notification", { ...scalingo, active: "true" }, "a boolean as text"],
    ["scalingo/notification", { ...scalingo, type: "slack" }, "a read-only type"],
    ["scalingo/notifier", { ...notifier, platform_id: "5982f145d48c3600273ef089" }, "a platform by id"],
    ["scalingo/notifier", { ...notifier, platform: "sms" }, "a platform that there is not"],
    ["cloudflare/webhook", { ...webhook, type: "slack" }, "a read-only type"],
    ["cloudflare/webhook", without(webhook, "name"), "no name"],
    ["cloudflare/policy", { ...policy, mechanisms: { sms: [] } }, "a mechanism that there is not"],
    ["cloudflare/policy", { ...policy, filters: { zone: ["x"] } }, "a filter that there is not"],
    [
      "cloudflare/policy",
      { ...policy, filters: { incident_impact: ["HIGH"] } },
      "an impact that there is not",
    ],
    ["bellhop/integration", { ...bellhop, timeout: "15" }, "a duration without a unit"],
    ["bellhop/integration", { ...bellhop, retry: { schedule: [] } }, "an empty schedule"],
    ["bellhop/integration", { ...bellhop, events: [] }, "an empty list of events"],
    ["bellhop/integration", { ...bellhop, rateLimit: 0 }, "no deliveries at all"],
  ];
  test.for(wrong.flatMap(([kind, body, why]) => forms.map((form) => ({ kind, form, body, why }))))(
    "$kind as $form: $why",
    ({ kind, form, body }) => {
      expect(compileKind(kind, form)(body)).toBe(false);
    },
  );
});

describe("what only a file may say", () => {
  const rows: readonly (readonly [string, string, object, Readonly<Record<SchemaForm, boolean>>])[] = [
    [
      "globs for a map",
      "northflank/notification",
      { ...northflank, events: ["trigger:build:*", "!trigger:build:abort"] },
      { editor: true, trusted: true, documented: false },
    ],
    [
      "an unknown event",
      "northflank/notification",
      { ...northflank, events: { "trigger:new:event": true } },
      { editor: true, trusted: true, documented: true },
    ],
    [
      "an unknown alert type",
      "cloudflare/policy",
      { ...policy, alert_type: "workers_alert" },
      { editor: true, trusted: true, documented: true },
    ],
    [
      "a reference to a destination",
      "cloudflare/policy",
      { ...policy, mechanisms: { webhooks: [{ ref: "on-call" }] } },
      { editor: true, trusted: true, documented: false },
    ],
    [
      "a reference in place of a name, a URL and a choice",
      "northflank/notification",
      { ...northflank, name: "${env:N}", webhook: "https://${env:HOST}", type: "${env:TYPE:-TEAMS}" },
      { editor: true, trusted: false, documented: false },
    ],
    [
      "a file in place of a boolean",
      "qovery/webhook",
      { ...qovery, enabled: "${file:enabled}" },
      { editor: true, trusted: false, documented: false },
    ],
    [
      "a secret where the type takes none",
      "northflank/notification",
      { ...northflank, type: "DISCORD", secret: "s3cret" },
      { editor: false, trusted: true, documented: true },
    ],
    [
      "a secret while the type is a reference",
      "bellhop/integration",
      { ...bellhop, type: "${env:TYPE}" },
      { editor: true, trusted: false, documented: false },
    ],
    [
      "restricted without projects",
      "northflank/notification",
      without(northflank, "projects"),
      { editor: false, trusted: true, documented: true },
    ],
    [
      "restricted to an empty list",
      "northflank/notification",
      { ...northflank, projects: [] },
      { editor: false, trusted: true, documented: true },
    ],
    [
      "a Slack notifier without its URL",
      "scalingo/notifier",
      without(notifier, "type_data"),
      { editor: false, trusted: true, documented: true },
    ],
    [
      "an e-mail notifier with a URL",
      "scalingo/notifier",
      { ...notifier, platform: "email" },
      { editor: false, trusted: true, documented: true },
    ],
    [
      "an e-mail notifier without one",
      "scalingo/notifier",
      { ...notifier, platform: "email", type_data: { emails: ["ops@example.com"] } },
      { editor: true, trusted: true, documented: true },
    ],
  ];
  test.for(rows)("%s", ([, kind, body, expected]) => {
    const found = Object.fromEntries(forms.map((form) => [form, compileKind(kind, form)(body)]));
    expect(found).toEqual(expected);
  });
});

describe("the whole file", () => {
  const validate = compileFile("notifications.schema.json");
  const target = (body: string): string => `version: 1\ntargets: { t: { ${body} } }`;
  const integration = (body: string): string => `version: 1\nintegrations: { i: { ${body} } }`;
  const rows: readonly (readonly [string, boolean, string])[] = [
    ["a store", true, target("provider: bellhop, store: .bellhop/store.json")],
    ["an API", true, target('provider: northflank, api: { token: "${env:T}" }')],
    [
      "an API with scope and region",
      true,
      target("provider: scalingo, app: a, api: { region: osc-fr1, token: x }"),
    ],
    ["an API without its scope", false, target("provider: qovery, api: { token: x }")],
    ["a store without scope", true, target("provider: qovery, store: s.json")],
    ["another provider's scope", false, target("provider: qovery, app: a, store: s.json")],
    ["both store and api", false, target("provider: northflank, store: s.json, api: { token: x }")],
    ["a credential that there is not", false, target("provider: northflank, api: { token: x, key: y }")],
    ["a provider that there is not", false, target("provider: heroku, store: s.json")],
    ["guards", true, target("provider: bellhop, store: s, guards: { maxDeletes: 5, maxDeletePercent: 50 }")],
    [
      "a spec of its kind",
      true,
      integration("kind: cloudflare/webhook, spec: { name: a, url: https://x.example/y }"),
    ],
    [
      "a spec of another kind",
      false,
      integration("kind: cloudflare/webhook, spec: { name: a, webhook: https://x/y }"),
    ],
    ["a kind that there is not", false, integration("kind: cloudflare/email, spec: {}")],
    ["a part of an integration, in an overlay", true, integration("target: prod, manage: { protect: true }")],
    ["another version", false, "version: 2"],
    ["a key that there is not", false, "versoin: 1"],
    ["an included file", true, "include: [more/*.yaml]"],
    ["a daemon", true, "daemon: { listen: 127.0.0.1:0, sources: [{ file: e/*.ndjson }, { http: /events }] }"],
    [
      "a retention",
      true,
      "daemon: { retention: { age: 30d, size: 5GiB }, reconcile: { interval: 5m, mode: report } }",
    ],
    ["a size without a unit", false, "daemon: { retention: { size: 5 } }"],
    [
      "sources of every type",
      true,
      `daemon: { sources: [stdin, { stdin: true }, { ingest: qovery, secret: [a, b], path: /x }, { ingest: scalingo, path: /y },
        { nats: { servers: [a], stream: S, consumer: c, subjects: a.>, user: u, password: p } }] }`,
    ],
    ["nats without a stream", false, "daemon: { sources: [{ nats: { servers: a, consumer: c } }] }"],
    ["an unknown provider's webhooks", false, "daemon: { sources: [{ ingest: heroku, secret: a }] }"],
    ["when to disable", true, 'daemon: { disable: { failures: 5, after: 1h, probe: "${env:PROBE}" } }'],
    ["never to disable", false, "daemon: { disable: { failures: 0 } }"],
    ["a source that there is not", false, "daemon: { sources: [{ kafka: x }] }"],
  ];
  test.for(rows)("%s", ([, expected, yaml]) => {
    expect(validate(parse(yaml))).toBe(expected);
  });
});

test.for([
  ["15s", true],
  ["500ms", true],
  ["30d", true],
  ["15", false],
  ["s", false],
  ["-1s", false],
  ["1h30m", false],
] as const)("duration %s: %s", ([text, expected]) => {
  expect(new RegExp(DURATION_PATTERN, "u").test(text)).toBe(expected);
});

function strictAjv(): Ajv {
  const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true, allErrors: true });
  formats.default(ajv);
  return ajv;
}

function compileFile(name: string): ReturnType<Ajv["compile"]> {
  return strictAjv().compile(JSON.parse(readFileSync(path.join(folder, name), "utf8")) as object);
}

function compileKind(kind: string, form: SchemaForm): ReturnType<Ajv["compile"]> {
  const spec = kindSpecs.find((candidate) => candidate.kind === kind);
  if (spec === undefined) throw new Error(`no kind ${kind}`);
  return strictAjv().compile(kindSchema(spec, form));
}

function without(body: Readonly<Record<string, unknown>>, name: string): object {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}

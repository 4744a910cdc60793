import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { kindSpecs, providerSpecs } from "../../src/generated/kinds.ts";
import type { FieldSpec, KindSpec } from "../../src/model/field.ts";
import { kindSchema } from "../../src/model/json-schema.ts";
import { documented, northflankEvents, qoveryEvents } from "./documented.ts";

describe("every documented field", () => {
  const rows = documented.flatMap(({ kind, request, response }) =>
    [...new Set([...request, ...response])].map((path) => ({ kind, path, writable: request.includes(path) })),
  );

  test.for(rows)("$kind: $path", ({ kind, path, writable }) => {
    const field = fieldAt(specOf(kind), path);
    expect(field).toBeDefined();
    expect(field?.readOnly ?? false).toBe(!writable);
    const [first = ""] = path.split(".");
    const names = Object.keys(kindSchema(specOf(kind), "editor")["properties"] as object);
    expect(names.includes(first)).toBe(writable);
  });

  test("a required field of the page is required", () => {
    const required = (kind: string): string[] =>
      Object.entries(specOf(kind).fields).flatMap(([name, field]) => (field.required === true ? [name] : []));
    expect(required("northflank/notification")).toEqual(["name", "type", "webhook", "events"]);
    expect(required("qovery/webhook")).toEqual(["kind", "target_url", "events"]);
    expect(required("scalingo/notification")).toEqual(["webhook_url"]);
    expect(required("cloudflare/webhook")).toEqual(["name", "url"]);
    expect(required("cloudflare/policy")).toEqual(["name", "alert_type", "mechanisms"]);
    expect(required("scalingo/notifier")).toEqual(["name", "platform"]);
    expect(required("bellhop/integration")).toEqual(["name", "type", "webhook"]);
  });

  test("documented limits are kept", () => {
    const { name, type, projects } = specOf("northflank/notification").fields;
    expect(name).toMatchObject({
      minLength: 3,
      maxLength: 39,
      pattern: String.raw`^[a-zA-Z]((-|\s)?[a-zA-Z0-9]+((-|\s)[a-zA-Z0-9]+)*)?$`,
    });
    expect(type?.enum).toEqual(expect.arrayContaining(["RAW_WEBHOOK", "DISCORD", "TEAMS", "SLACK"]));
    expect(projects?.items?.pattern).toBe("^[A-Za-z0-9-]+$");
    const qovery = specOf("qovery/webhook").fields;
    expect(qovery["kind"]?.enum).toEqual(["STANDARD", "SLACK"]);
    expect(qovery["environment_types_filter"]?.items?.enum).toEqual([
      "DEVELOPMENT",
      "PREVIEW",
      "PRODUCTION",
      "STAGING",
    ]);
  });
});

test.for(kindSpecs)("the example of $kind is one", (kind) => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(kindSchema(kind, "trusted"));
  validate(kind.example);
  expect(validate.errors).toBeNull();
});

describe("every documented event", () => {
  const northflank = specOf("northflank/notification").fields["events"]?.keys ?? [];
  const schema = JSON.stringify(kindSchema(specOf("northflank/notification"), "documented"));

  test.for(northflankEvents)("%s", (event) => {
    expect(northflank).toContain(event);
    expect(schema).toContain(`"${event}":`);
  });

  test("counts", () => {
    expect(northflankEvents).toHaveLength(64);
    expect(northflank).toHaveLength(68);
    expect(specOf("qovery/webhook").fields["events"]?.items?.enum).toEqual(qoveryEvents);
    expect(specOf("scalingo/notifier").fields["selected_events"]?.items?.enum).toHaveLength(50);
    const policy = specOf("cloudflare/policy").fields;
    expect(Object.keys(policy["filters"]?.fields ?? {})).toHaveLength(44);
    expect(policy["alert_type"]?.enum?.length).toBeGreaterThanOrEqual(69);
  });

  test("no list has a name twice", () => {
    const lists = kindSpecs
      .flatMap((kind) => allFields(kind.fields, kind.kind))
      .map(({ field, at }) => ({ at, names: field.enum ?? field.keys ?? [] }));
    expect(lists.filter(({ names }) => new Set(names).size !== names.length)).toEqual([]);
  });
});

describe("the data as a whole", () => {
  const fields = kindSpecs.flatMap((kind) => allFields(kind.fields, kind.kind));

  test("seven kinds of five providers", () => {
    expect(providerSpecs.map((spec) => spec.id)).toEqual([
      "bellhop",
      "cloudflare",
      "northflank",
      "qovery",
      "scalingo",
    ]);
    expect(kindSpecs.map((kind) => kind.kind).toSorted()).toEqual([
      "bellhop/integration",
      "cloudflare/policy",
      "cloudflare/webhook",
      "northflank/notification",
      "qovery/webhook",
      "scalingo/notification",
      "scalingo/notifier",
    ]);
  });

  test("every field that holds a webhook URL or a secret is masked", () => {
    const names = /(^|[./[\]])(webhook|webhook_url|target_url|url)$/;
    const urls = fields.filter(
      ({ at, field }) => names.test(at) && field.type === "string" && !field.readOnly,
    );
    expect(urls.map(({ at }) => at).toSorted()).toEqual([
      "bellhop/integration.webhook",
      "cloudflare/webhook.url",
      "northflank/notification.webhook",
      "qovery/webhook.target_url",
      "scalingo/notification.webhook_url",
      "scalingo/notifier.type_data.webhook_url",
    ]);
    expect(urls.map(({ field }) => field.secret)).toEqual(urls.map(() => "url"));
    const secrets = fields.filter(({ field }) => field.secret === true).map(({ at }) => at);
    expect(secrets.toSorted()).toEqual([
      "bellhop/integration.headers{}",
      "bellhop/integration.secret",
      "cloudflare/webhook.secret",
      "northflank/notification.secret",
      "qovery/webhook.target_secret",
    ]);
  });
});

function specOf(kind: string): KindSpec {
  const found = kindSpecs.find((spec) => spec.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

function fieldAt(kind: KindSpec, path: string): FieldSpec | undefined {
  let fields: Readonly<Record<string, FieldSpec>> = kind.fields;
  let field: FieldSpec | undefined;
  for (const step of path.split(".")) {
    field = fields[step];
    fields = field?.fields ?? {};
  }
  return field;
}

function allFields(
  fields: Readonly<Record<string, FieldSpec>>,
  above: string,
): { readonly at: string; readonly field: FieldSpec }[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const at = `${above}.${name}`;
    return [
      { at, field },
      ...allFields(field.fields ?? {}, at),
      ...(field.items === undefined ? [] : [{ at: `${at}[]`, field: field.items }]),
      ...(field.values === undefined ? [] : [{ at: `${at}{}`, field: field.values }]),
    ];
  });
}

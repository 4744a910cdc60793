/**
 * The whole of notifications.yaml as a schema that completes well: `kind` and `provider` decide by if/then, whose
 * branches language servers offer once the discriminating value is typed. Nothing at the top is required, because included
 * files and overlays hold only a part; the loader says what is missing.
 */
import type { JsonSchema } from "../../src/model/json-schema.ts";
import { fieldSchema, ifThen, kindSchema } from "../../src/model/json-schema.ts";
import { daemonSchema } from "./daemon-schema.ts";
import { kindFile } from "./outputs.ts";
import type { ProviderFields } from "./read-fields.ts";
import { choice, flag, having, list, object, text, when } from "./schema-parts.ts";

export function fileSchema(providers: readonly ProviderFields[]): JsonSchema {
  const kinds = providers.flatMap((entry) => entry.kinds);
  return {
    title: "Bellhop",
    description: "Notification integrations as code.",
    ...object({
      version: { description: "Version of this format.", const: 1 },
      include: list("Further files or globs, relative to this file.", text("A file or glob.")),
      state: text("Where the inventory is kept: a file, `postgres://…`, or `http(s)://…`."),
      targets: {
        description: "Where integrations live, by a name of your choice.",
        type: "object",
        additionalProperties: { $ref: "#/definitions/target" },
      },
      integrations: {
        description: "What should exist, by a stable key that the inventory remembers.",
        type: "object",
        additionalProperties: { $ref: "#/definitions/integration" },
      },
      daemon: { $ref: "#/definitions/daemon" },
    }),
    patternProperties: { "^x-": { description: "Yours: a place for anchors, read by nobody." } },
    definitions: {
      target: targetSchema(providers),
      integration: integrationSchema(providers),
      manage: manageSchema,
      daemon: daemonSchema(providers),
      ...Object.fromEntries(kinds.map((kind) => [kindFile(kind), kindSchema(kind, "editor")])),
    },
  };
}

function targetSchema(providers: readonly ProviderFields[]): JsonSchema {
  const specs = providers.map((entry) => entry.provider);
  const scopes = specs.flatMap((spec) => (spec.scope === undefined ? [] : [spec.scope]));
  return {
    description: "A store on our side, or a provider's API.",
    ...object({
      provider: { description: "Whose kinds live here.", type: "string", enum: specs.map((spec) => spec.id) },
      ...Object.fromEntries(scopes.map((scope) => [scope.name, text(scope.description)])),
      store: text("A store file, or `postgres://…`; the daemon delivers for what is in it."),
      api: { description: "The provider's API.", type: "object" },
      ownership: choice("Whether only the inventory, or everything in the target, is ours.", [
        "recorded",
        "exclusive",
      ]),
      guards: {
        description: "What a plan may delete without being acknowledged.",
        ...object({
          maxDeletes: { description: "Objects.", type: "integer", minimum: 0, default: 20 },
          maxDeletePercent: {
            description: "Percent of the target, counted from ten objects up.",
            type: "number",
            minimum: 0,
            maximum: 100,
            default: 30,
          },
        }),
      },
    }),
    allOf: [{ not: having("store", "api") }, ...providers.map((entry) => providerBranch(entry, scopes))],
  };
}

function providerBranch(
  { provider }: ProviderFields,
  scopes: readonly { readonly name: string }[],
): JsonSchema {
  const { scope } = provider;
  const foreign = scopes.filter(({ name }) => name !== scope?.name).map(({ name }) => [name, false]);
  const needsScope = scope?.required === true;
  return when("provider", provider.id, {
    properties: {
      ...Object.fromEntries(foreign),
      api: provider.apiUrl === undefined ? false : apiSchema(provider),
    },
    ...(needsScope ? ifThen(having("api"), having(scope.name)) : {}),
  });
}

function apiSchema(provider: ProviderFields["provider"]): JsonSchema {
  const credentials = Object.entries(provider.credentials ?? {});
  const required = credentials.filter(([, field]) => field.required === true).map(([name]) => name);
  const properties = {
    url: text(`Origin of the API; ${provider.apiUrl ?? ""} when left out.`),
    ...(provider.authUrl === undefined
      ? {}
      : { authUrl: text(`Origin of the token exchange; ${provider.authUrl} when left out.`) }),
    ...(provider.regions === undefined
      ? {}
      : {
          region: {
            description: "Region of the API.",
            anyOf: [{ type: "string", enum: provider.regions }, { type: "string" }],
          },
        }),
    ...Object.fromEntries(credentials.map(([name, field]) => [name, fieldSchema(field, "editor")])),
  };
  return { ...object(properties), ...(required.length === 0 ? {} : { required }) };
}

function integrationSchema(providers: readonly ProviderFields[]): JsonSchema {
  const kinds = providers.flatMap((entry) => entry.kinds);
  return {
    description: "One declared resource.",
    ...object({
      kind: {
        description: "What it is: the provider and its resource.",
        type: "string",
        enum: kinds.map((kind) => kind.kind),
      },
      target: text("Name of the target; may be left out where one target has the provider."),
      manage: { $ref: "#/definitions/manage" },
      spec: { description: "The documented fields of the kind.", type: "object" },
    }),
    allOf: kinds.map((kind) =>
      when("kind", kind.kind, { properties: { spec: { $ref: `#/definitions/${kindFile(kind)}` } } }),
    ),
  };
}

const manageSchema: JsonSchema = {
  description: "How it is managed; never sent to a provider.",
  ...object({
    protect: flag("Refuses to delete or replace it, also once its block is gone.", false),
    previously: list("Earlier keys of the same integration.", text("A key.")),
    ignore: list("Field paths that are neither compared nor changed.", text("A path such as `events`.")),
    adopt: text("Remote id of an existing object to take over."),
    confirm: flag("Whether creation in a store sends a confirmation message.", true),
    onRemove: choice("What removing the block does.", ["delete", "orphan", "confirm"]),
  }),
};

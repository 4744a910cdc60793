/** The `daemon` block of notifications.yaml as a schema. */
import type { JsonSchema } from "../../src/model/json-schema.ts";
import { REFERENCE } from "../../src/model/json-schema.ts";
import type { ProviderFields } from "./read-fields.ts";
import { choice, duration, list, object, only, text } from "./schema-parts.ts";

export function daemonSchema(providers: readonly ProviderFields[]): JsonSchema {
  return {
    description: "How `bellhop daemon` runs.",
    ...object({
      listen: { ...text("`host:port`; port 0 lets the system pick."), default: "127.0.0.1:8420" },
      token: text("What HTTP clients must present; needed beyond loopback."),
      database: { ...text("The outbox: a SQLite file, or `postgres://…`."), default: ".bellhop/bellhop.db" },
      sources: list("Where events come from.", { anyOf: sourceSchemas(providers) }),
      reconcile: {
        description: "How the daemon keeps reality equal to the file.",
        ...object({
          interval: { ...duration("How often."), default: "5m" },
          mode: choice("Whether differences are corrected or only reported.", ["correct", "report"]),
        }),
      },
      egress: {
        description: "What deliveries may connect to besides public addresses.",
        ...object({ allow: list("Addresses or prefixes.", text("Such as `10.2.0.0/16`.")) }),
      },
      retention: {
        description: "How long events and deliveries are kept once they are finished.",
        ...object({
          age: duration("Such as `30d`."),
          size: {
            ...text("Such as `5GiB`."),
            anyOf: [{ pattern: "^[0-9]+(B|KiB|MiB|GiB|TiB)$" }, REFERENCE],
          },
        }),
      },
      disable: disableSchema,
    }),
  };
}

const disableSchema: JsonSchema = {
  description:
    "When an integration that keeps failing is disabled. Both must be reached: so many failures, so long.",
  ...object({
    failures: {
      description: "Failed attempts in a row.",
      anyOf: [{ type: "integer", minimum: 1, maximum: 1_000_000 }, REFERENCE],
      default: 20,
    },
    after: { ...duration("Time since the first of them."), default: "24h" },
    probe: { ...duration("How long until one held event is tried."), default: "1h" },
  }),
};

const oneOrMore = (description: string, item: string): JsonSchema => ({
  description,
  anyOf: [{ type: "string" }, { type: "array", items: { description: item, type: "string" }, minItems: 1 }],
});

function sourceSchemas(providers: readonly ProviderFields[]): readonly JsonSchema[] {
  return [
    { description: "Reads NDJSON from standard input.", const: "stdin" },
    only("file", text("NDJSON files, as a path or glob.")),
    only("http", text("Path that takes events by POST.")),
    {
      description: "A path that takes one provider's own webhooks.",
      ...object({
        ingest: {
          description: "Whose webhooks.",
          type: "string",
          enum: providers.map(({ provider }) => provider.id),
        },
        secret: oneOrMore("What they carry; of a list any will do.", "A secret."),
        path: text("`/ingest/` and the provider when left out."),
      }),
      required: ["ingest"],
    },
    only("stdin", { description: "Reads NDJSON from standard input.", const: true }),
    only("nats", natsSchema),
  ];
}

const natsSchema: JsonSchema = {
  description: "A durable consumer of a JetStream stream.",
  ...object({
    servers: oneOrMore("Servers of one cluster.", "Such as `nats://127.0.0.1:4222`."),
    stream: text("Name of the stream."),
    consumer: text("Name of the durable consumer."),
    subjects: oneOrMore("Only these subjects; all of the stream when left out.", "Such as `events.>`."),
    token: text("Logs in with a token."),
    user: text("Logs in with a password."),
    password: text("Of the user."),
    credentials: text("Text of a `.creds` file, such as `${file:nats.creds}`."),
  }),
  required: ["servers", "stream", "consumer"],
};

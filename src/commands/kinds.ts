/** Lists the kinds: whose they are and which fields they have. */
import { kindSpecs, providerSpecs } from "../generated/kinds.ts";
import { ExitCode } from "../model/errors.ts";
import type { KindSpec } from "../model/field.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { alignColumns } from "./table-text.ts";

export const command: CommandSpec = {
  name: "kinds",
  summary: "list the kinds and what they can do",
  options: [
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    { command: "bellhop kinds", does: "lists every kind with its required fields" },
    { command: "bellhop kinds --format json", does: "lists every kind with all of its fields" },
  ],
  run: (io, _args, options) => {
    if (text(options, "format") === "json") {
      io.out(`${JSON.stringify({ kinds: kindSpecs.map(describe) }, null, 2)}\n`);
    } else {
      const rows = kindSpecs.map((kind) => [kind.kind, places(kind), required(kind).join(", "), kind.title]);
      io.out(alignColumns([["KIND", "TARGETS", "REQUIRED FIELDS", "WHAT IT IS"], ...rows]));
    }
    return Promise.resolve(ExitCode.ok);
  },
};

const hasApi = (kind: KindSpec): boolean =>
  providerSpecs.find((provider) => provider.id === kind.provider)?.apiUrl !== undefined;

function places(kind: KindSpec): string {
  if (!hasApi(kind)) return "store";
  return kind.superseded === undefined ? "store, api" : "store, older api";
}

const required = (kind: KindSpec): string[] =>
  Object.entries(kind.fields)
    .filter(([, field]) => field.required === true)
    .map(([name]) => name);

function describe(kind: KindSpec): Record<string, unknown> {
  return {
    kind: kind.kind,
    provider: kind.provider,
    resource: kind.resource,
    title: kind.title,
    description: kind.description,
    page: kind.page,
    targets: hasApi(kind) ? ["store", "api"] : ["store"],
    superseded: kind.superseded ?? null,
    fields: Object.entries(kind.fields).map(([name, field]) => ({
      name,
      type: field.type,
      required: field.required === true,
      readOnly: field.readOnly === true,
      secret: field.secret !== undefined,
      default: field.default ?? null,
      description: field.description,
    })),
  };
}

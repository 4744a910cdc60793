/** Lists the kinds: whose they are, what they can do and which fields they have. */
import { kindSpecs, providerSpecs } from "../generated/kinds.ts";
import type { Capabilities } from "../model/capabilities.ts";
import { capabilitiesOf } from "../model/capabilities.ts";
import { ExitCode } from "../model/errors.ts";
import type { KindSpec } from "../model/field.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { tableOrParagraphs } from "./table-text.ts";

const HEAD = ["KIND", "TARGETS", "UPDATE", "REPLACED BY", "SECRETS READ BACK", "EVENTS", "REQUIRED FIELDS"];

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
    { command: "bellhop kinds", does: "lists every kind, what it can do and its required fields" },
    { command: "bellhop kinds --format json", does: "lists every kind with all of its fields" },
  ],
  run: (io, _args, options) => {
    if (text(options, "format") === "json") {
      io.out(`${JSON.stringify({ kinds: kindSpecs.map(describe) }, null, 2)}\n`);
    } else {
      io.out(tableOrParagraphs([HEAD, ...kindSpecs.map(row)], io.columns));
    }
    return Promise.resolve(ExitCode.ok);
  },
};

const abilities = (kind: KindSpec): Capabilities =>
  capabilitiesOf(
    kind,
    providerSpecs.find(({ id }) => id === kind.provider),
  );

function row(kind: KindSpec): readonly string[] {
  const can = abilities(kind);
  const secrets = can.secrets.map(({ path, readBack }) =>
    readBack === "whole" ? path : `${path} (${readBack})`,
  );
  const events = can.events.map(({ path, globs }) => (globs ? `${path} (globs)` : path));
  return [
    kind.kind,
    can.superseded === null ? can.targets.join(", ") : `${can.targets[0] ?? ""}, older api`,
    can.update ?? "-",
    can.replacedBy.join(", ") || "-",
    secrets.join(", ") || "-",
    events.join(", ") || "-",
    required(kind).join(", "),
  ];
}

const required = (kind: KindSpec): string[] =>
  Object.entries(kind.fields)
    .filter(([, field]) => field.required === true)
    .map(([name]) => name);

function describe(kind: KindSpec): Record<string, unknown> {
  const { targets, superseded, ...can } = abilities(kind);
  return {
    kind: kind.kind,
    provider: kind.provider,
    resource: kind.resource,
    title: kind.title,
    description: kind.description,
    page: kind.page,
    targets,
    superseded,
    capabilities: can,
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

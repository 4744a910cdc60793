/** Shows one integration as it is understood: every field, its value and where it comes from. */
import { escapeControls } from "../lib/escape-controls.ts";
import { explainFields } from "../config/explain.ts";
import type { ExplainedField } from "../config/explain.ts";
import type { ReadIntegration } from "../config/integrations.ts";
import { loadConfig } from "../config/load.ts";
import { diagnosticsOf, renderDiagnostics } from "../config/render.ts";
import { suggest } from "../config/suggest.ts";
import type { Source } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { loadOptions } from "./load.ts";
import { alignColumns } from "./table-text.ts";

export const command: CommandSpec = {
  name: "explain",
  summary: "show where every field of an integration comes from",
  arguments: [{ name: "<key>", description: "key of the integration" }],
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--format <format>",
      description: "what goes to stdout",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    { command: "bellhop explain deploys-to-slack", does: "shows every field with its file and line" },
    { command: "bellhop explain deploys-to-slack --overlay prod", does: "shows what the overlay changes" },
  ],
  run: async (io, [key = ""], options) => {
    const { diagnostics, origins } = await loadConfig(loadOptions(io, options, "validate"));
    const errors = diagnosticsOf(diagnostics, "error");
    if (errors.length > 0) io.err(`${renderDiagnostics(errors, { color: io.color.err })}\n\n`);
    const integration = origins.integrations.find((candidate) => candidate.key === key);
    if (integration === undefined) {
      const keys = origins.integrations.map((candidate) => candidate.key);
      throw new AppError("unknown-key", `there is no integration "${key}"`, { hint: suggest(key, keys) });
    }
    const explained = {
      key,
      kind: integration.kind?.kind ?? null,
      target: integration.target?.name ?? null,
      source: integration.entry.key.file.position(integration.entry.key.start),
      fields: explainFields(integration),
      manage: integration.config?.manage ?? null,
    };
    if (text(options, "format") === "json") io.out(`${JSON.stringify(explained, null, 2)}\n`);
    else io.out(renderHuman(integration, explained, io.columns));
    return errors.length > 0 ? ExitCode.error : ExitCode.ok;
  },
};

function renderHuman(
  integration: ReadIntegration,
  { source, fields }: { readonly source: Source; readonly fields: readonly ExplainedField[] },
  columns: number | undefined,
): string {
  const { key, kind, target } = integration;
  const place = target === undefined ? "no target" : `target ${target.name} (${target.kind ?? "?"})`;
  const head = `${key}: ${kind?.kind ?? "unknown kind"} in ${place}, ${show(source)}\n\n`;
  const rows = fields.map((field) =>
    [`  ${field.path}`, showValue(field.value), showOrigin(field)].map(escapeControls),
  );
  const fits = rows.every((row) => row.join("").length < (columns ?? Infinity));
  if (fits) return head + alignColumns(rows, { columns });
  return (
    head + rows.map(([path = "", value = "", origin = ""]) => `${path}: ${value}\n      ${origin}\n`).join("")
  );
}

const show = (source: Source): string => `${source.file}:${source.line}:${source.column}`;

function showValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length === 0 ? "[]" : value.map(showValue).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value);
  return entries.every(([, inner]) => inner === true)
    ? entries.map(([name]) => name).join(", ")
    : JSON.stringify(value);
}

function showOrigin(field: ExplainedField): string {
  if (field.source === null) return "default";
  const from = field.reference === null ? "" : ` from ${field.reference}`;
  const globs = field.globs === null ? "" : ` from ${field.globs.join(", ")}`;
  return show(field.source) + from + globs;
}

/** Shows what the inventory remembers of one integration. Secrets are fingerprints there, and only their beginnings are shown. */
import { ExitCode } from "../model/errors.ts";
import { maskSecret } from "../model/secret.ts";
import type { Json } from "../model/value.ts";
import { spell } from "../reconcile/render/words.ts";
import type { InventoryEntry } from "../state/contract.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { expectEntry, withState } from "./state-file.ts";
import { alignColumns, printable } from "./table-text.ts";

export const command: CommandSpec = {
  name: "show",
  parent: "state",
  summary: "what the inventory remembers of one integration",
  arguments: [{ name: "<key>", description: "key of the integration" }],
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--format <format>", description: "output", choices: ["human", "json"], default: "human" },
  ],
  examples: [
    { command: "bellhop state show builds", does: "shows its object and every field as last applied" },
  ],
  run: (io, [key = ""], options) =>
    withState(io, options, (state) => {
      const entry = expectEntry(state, key);
      if (text(options, "format") === "json") io.out(`${JSON.stringify(shown(entry), null, 2)}\n`);
      else io.out(renderHuman(entry));
      return ExitCode.ok;
    }),
};

function shown({ secrets, applied, ...entry }: InventoryEntry): Json {
  const masked = Object.entries(secrets).map(([path, print]) => [path, maskSecret("", print)] as const);
  return {
    ...entry,
    address: { ...entry.address },
    version: entry.version ?? null,
    references: [...entry.references],
    applied: { ...applied, ...Object.fromEntries(masked) },
  };
}

function renderHuman(entry: InventoryEntry): string {
  const { key, kind, target, remoteId, address, protect, onRemove, references } = entry;
  const fields: readonly (readonly [string, string])[] = [
    ...Object.entries(entry.applied).map(([path, value]) => [path, spell(value)] as const),
    ...Object.entries(entry.secrets).map(([path, print]) => [path, maskSecret("", print)] as const),
  ];
  const facts = [
    ["kind", kind],
    ["target", target],
    ...(address === undefined ? [] : [["at", Object.values(address).join(", ")]]),
    ["id", remoteId],
    ["protect", String(protect)],
    ["onRemove", onRemove],
    ...(references.length === 0 ? [] : [["refers to", references.join(", ")]]),
  ];
  const applied = fields
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, value]) => [`  ${path}`, value]);
  const safe = (rows: readonly (readonly string[])[]): string =>
    alignColumns(rows.map((row) => row.map(printable)));
  return `${printable(key)}\n${safe(facts)}as last applied:\n${safe(applied)}`;
}

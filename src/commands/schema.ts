/** Prints the JSON Schema of a kind's `spec`, or of the whole file. */
import { readFile } from "node:fs/promises";
import { suggest } from "../config/suggest.ts";
import { kindSpecs } from "../generated/kinds.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { CommandSpec } from "./contract.ts";

export const command: CommandSpec = {
  name: "schema",
  summary: "print a JSON Schema",
  arguments: [
    { name: "[kind]", description: "a kind such as northflank/notification; the whole file without it" },
  ],
  options: [],
  examples: [
    {
      command: "bellhop schema > notifications.schema.json",
      does: "writes the schema of the whole file, for an editor",
    },
    { command: "bellhop schema bellhop/integration", does: "prints the schema of that kind's spec" },
  ],
  run: async (io, [kind]) => {
    const kinds = kindSpecs.map((spec) => spec.kind);
    if (kind !== undefined && !kinds.includes(kind)) {
      throw new AppError("unknown-kind", `there is no kind "${kind}"`, { hint: suggest(kind, kinds) });
    }
    const name = kind === undefined ? "notifications" : kind.replace("/", "-");
    // schemas/ lies beside src/ and beside dist/.
    io.out(await readFile(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"));
    return ExitCode.ok;
  },
};

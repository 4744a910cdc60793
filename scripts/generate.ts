/**
 * Makes everything that follows from schemas/fields/*.yaml and from which providers and formats have code.
 *
 *   tsx scripts/generate.ts [--check] [--root DIR]
 *
 * `--check` writes nothing, lists what is missing, out of date or stray, and exits 1 when anything is.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import type { Output } from "./generate/outputs.ts";
import { compare, write } from "./generate/outputs.ts";
import type { ProviderFields } from "./generate/read-fields.ts";
import { readFields } from "./generate/read-fields.ts";
import { writeDocs } from "./generate/write-docs.ts";
import { writeKinds } from "./generate/write-kinds.ts";
import { writeRegistry } from "./generate/write-registry.ts";
import { writeSchemas } from "./generate/write-schemas.ts";
import { writeTypes } from "./generate/write-types.ts";

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, root: { type: "string" } } });
  const root = path.resolve(values.root ?? path.join(import.meta.dirname, ".."));
  const { providers, problems } = readFields(root);
  if (problems.length > 0) {
    for (const problem of problems) console.error(problem);
    return 1;
  }
  const outputs = await generate(root, providers);
  const differences = compare(root, outputs);
  for (const { path: file, why } of differences) console.log(`${file}: ${why}`);
  if (values.check === true) return differences.length > 0 ? 1 : 0;
  write(root, outputs, differences);
  return 0;
}

async function generate(root: string, providers: readonly ProviderFields[]): Promise<Output[]> {
  const kinds = providers.flatMap((entry) => entry.kinds);
  return [
    ...writeKinds(providers),
    writeRegistry(root),
    ...writeSchemas(providers),
    ...(await writeTypes(kinds)),
    ...writeDocs(providers),
  ];
}

process.exitCode = await main();

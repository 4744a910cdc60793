/** The fields files as TypeScript data: one file per provider, and kinds.ts that lists them. */
import type { ProviderFields } from "./read-fields.ts";
import type { Output } from "./outputs.ts";
import { camel, TS_HEADER } from "./outputs.ts";

export function writeKinds(providers: readonly ProviderFields[]): Output[] {
  const ids = providers.map((entry) => entry.provider.id);
  return [...providers.map(providerFile), { path: "src/generated/kinds.ts", text: listFile(ids) }];
}

function providerFile({ provider, kinds }: ProviderFields): Output {
  return {
    path: `src/generated/kinds/${provider.id}.ts`,
    text: [
      TS_HEADER,
      'import type { KindSpec, ProviderSpec } from "../../model/field.ts";',
      "",
      `export const provider: ProviderSpec = ${JSON.stringify(provider, null, 2)};`,
      "",
      `export const kinds: readonly KindSpec[] = ${JSON.stringify(kinds, null, 2)};`,
      "",
    ].join("\n"),
  };
}

function listFile(ids: readonly string[]): string {
  return [
    TS_HEADER,
    'import type { KindSpec, ProviderSpec } from "../model/field.ts";',
    ...ids.map((id) => `import * as ${camel(id)} from "./kinds/${id}.ts";`),
    "",
    `export const providerSpecs: readonly ProviderSpec[] = [${ids.map((id) => `${camel(id)}.provider`).join(", ")}];`,
    "",
    `export const kindSpecs: readonly KindSpec[] = [${ids.map((id) => `...${camel(id)}.kinds`).join(", ")}];`,
    "",
  ].join("\n");
}

/** schemas/fields/*.yaml as checked data. What is wrong in them is reported with file and path, all of it at once. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseDocument } from "yaml";
import type { FieldSpec, KindSpec, ProviderSpec } from "../../src/model/field.ts";
import { checkProviderFile } from "./check-fields.ts";

export interface ProviderFields {
  readonly provider: ProviderSpec;
  readonly kinds: readonly KindSpec[];
}

export interface FieldsResult {
  /** In the order of the file names. */
  readonly providers: readonly ProviderFields[];
  /** `file: path: what is wrong`, one line each. */
  readonly problems: readonly string[];
}

/** What a checked fields file holds. */
interface ProviderFile extends Omit<ProviderSpec, "id"> {
  readonly kinds: Readonly<Record<string, Omit<KindSpec, "kind" | "provider" | "resource">>>;
}

export function readFields(root: string): FieldsResult {
  const folder = path.join(root, "schemas", "fields");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted();
  const providers: ProviderFields[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const file = `schemas/fields/${name}`;
    const document = parseDocument(readFileSync(path.join(folder, name), "utf8"));
    const content: unknown = document.toJS();
    const found =
      document.errors.length > 0
        ? document.errors.map((error) => `yaml: ${error.message.split("\n")[0] ?? ""}`)
        : checkProviderFile(content, "");
    problems.push(...found.map((problem) => `${file}: ${problem}`));
    if (found.length === 0) providers.push(withIds(path.basename(name, ".yaml"), content as ProviderFile));
  }
  problems.push(...checkReferences(providers));
  return { providers, problems };
}

function withIds(id: string, file: ProviderFile): ProviderFields {
  const { kinds, ...rest } = file;
  return {
    provider: { id, ...rest },
    kinds: Object.entries(kinds).map(([resource, kind]) => ({
      kind: `${id}/${resource}`,
      provider: id,
      resource,
      ...kind,
    })),
  };
}

/** `ref` must name a kind that some file describes. */
function checkReferences(providers: readonly ProviderFields[]): string[] {
  const kinds = providers.flatMap((entry) => entry.kinds);
  const known = new Set(kinds.map((kind) => kind.kind));
  const references = (at: string, field: FieldSpec): [string, string][] => [
    ...(field.ref === undefined ? [] : [[at, field.ref] satisfies [string, string]]),
    ...Object.entries(field.fields ?? {}).flatMap(([name, inner]) =>
      references(`${at}.fields.${name}`, inner),
    ),
    ...(field.items === undefined ? [] : references(`${at}.items`, field.items)),
  ];
  return kinds.flatMap((kind) =>
    Object.entries(kind.fields)
      .flatMap(([name, field]) => references(`kinds.${kind.resource}.fields.${name}`, field))
      .filter(([, ref]) => !known.has(ref))
      .map(([at, ref]) => `schemas/fields/${kind.provider}.yaml: ${at}.ref: there is no kind ${ref}`),
  );
}

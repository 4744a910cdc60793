/** src/generated/registry.ts: the one file that names the providers and formats that have code. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Output } from "./outputs.ts";
import { camel, TS_HEADER } from "./outputs.ts";

/** Takes every src/providers/NAME/index.ts and emulator.ts, and every src/formats/NAME.ts that exports `format`. */
export function writeRegistry(root: string): Output {
  const providers = entries(root, "src/providers")
    .filter((name) => existsSync(path.join(root, "src/providers", name, "index.ts")))
    .map((name) => ({ name: `${camel(name)}Provider`, from: `../providers/${name}/index.ts` }));
  const emulators = entries(root, "src/providers")
    .filter((name) => existsSync(path.join(root, "src/providers", name, "emulator.ts")))
    .map((name) => ({ name: `${camel(name)}Emulator`, from: `../providers/${name}/emulator.ts` }));
  const formats = entries(root, "src/formats")
    .filter((name) => name.endsWith(".ts") && exportsFormat(path.join(root, "src/formats", name)))
    .map((name) => ({ name: `${camel(path.basename(name, ".ts"))}Format`, from: `../formats/${name}` }));
  return {
    path: "src/generated/registry.ts",
    text: [
      TS_HEADER.replace("schemas/fields/", "src/providers/ and src/formats/"),
      'import type { Format } from "../formats/contract.ts";',
      ...formats.map(({ name, from }) => `import { format as ${name} } from "${from}";`),
      'import type { Provider } from "../providers/contract.ts";',
      'import type { Emulator } from "../providers/emulator-contract.ts";',
      ...emulators.map(({ name, from }) => `import { emulator as ${name} } from "${from}";`),
      ...providers.map(({ name, from }) => `import { provider as ${name} } from "${from}";`),
      "",
      `export const providers: readonly Provider[] = [${providers.map(({ name }) => name).join(", ")}];`,
      "",
      `export const emulators: readonly Emulator[] = [${emulators.map(({ name }) => name).join(", ")}];`,
      "",
      `export const formats: readonly Format[] = [${formats.map(({ name }) => name).join(", ")}];`,
      "",
    ].join("\n"),
  };
}

function entries(root: string, folder: string): string[] {
  const absolute = path.join(root, folder);
  return existsSync(absolute) ? readdirSync(absolute).toSorted() : [];
}

function exportsFormat(file: string): boolean {
  return /^export const format\b/m.test(readFileSync(file, "utf8"));
}

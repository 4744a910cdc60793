/** The layer table of ARCHITECTURE.md as data, and what breaks it. */
import path from "node:path";

type Table = ReadonlyMap<string, readonly string[]>;

/** Module → modules that it may import. */
export const readLayers = (page: string): Table => readTable(page, "Layers");

/** Package → files or folders in which it may be imported. */
export function readDoors(page: string): Table {
  const doors = new Map<string, readonly string[]>();
  for (const [names, places] of readTable(page, "Doors")) {
    for (const name of names.split(/`?, `?/)) doors.set(name, places);
  }
  return doors;
}

function readTable(page: string, heading: string): Table {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.map((row) => {
      const [, first = "", second = ""] = row.split("|").map((cell) => cell.trim());
      const words = [...second.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
      return [first.replace(/^`|`$/g, ""), words];
    }),
  );
}

/** Specifiers of all imports and re-exports, in order. */
export function readImports(text: string): readonly string[] {
  const pattern =
    /(?:^|\n|;)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? "");
}

export function violations(
  file: { readonly name: string; readonly text: string },
  layers: Table,
  doors: Table,
): readonly string[] {
  const from = moduleOf(file.name);
  return readImports(file.text).flatMap((specifier) => {
    if (specifier.startsWith("node:")) return [];
    if (!specifier.startsWith(".")) return door(file.name, packageOf(specifier), doors);
    const to = moduleOf(path.posix.join(path.posix.dirname(file.name), specifier));
    const allowed = to === from || (layers.get(from) ?? []).includes(to);
    return allowed ? [] : [`${file.name}: ${from} may not import ${to}`];
  });
}

function door(file: string, name: string, doors: Table): readonly string[] {
  const places = doors.get(name);
  if (places === undefined) return [`${file}: ${name} has no door`];
  return places.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place))
    ? []
    : [`${file}: ${name} has its door elsewhere`];
}

function moduleOf(file: string): string {
  const [, folder = ""] = file.split("/");
  if (folder !== "generated") return folder.replace(/\.ts$/, "");
  return file === "src/generated/registry.ts" ? "generated" : "generated-data";
}

const packageOf = (specifier: string): string =>
  specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : (specifier.split("/")[0] ?? specifier);

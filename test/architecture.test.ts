/** Reads the layer table and the doors out of ARCHITECTURE.md and holds every import under src/ against them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readDoors, readImports, readLayers, violations } from "./support/architecture.ts";

const root = path.join(import.meta.dirname, "..");
const page = readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8");
const files = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name: `src/${name}`, text: readFileSync(path.join(root, "src", name), "utf8") }));

describe("the layers of ARCHITECTURE.md", () => {
  it("are read from the page", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(readLayers(page).size).toBeGreaterThan(15);
    expect(readDoors(page).size).toBeGreaterThan(8);
  });

  it("name every module under src/", () => {
    const modules = new Set(files.map(({ name }) => (name.split("/")[1] ?? "").replace(/\.ts$/, "")));
    modules.add("generated-data");
    expect([...modules].toSorted()).toEqual([...readLayers(page).keys()].toSorted());
  });

  it("are kept by every import", () => {
    expect(files.flatMap((file) => violations(file, readLayers(page), readDoors(page)))).toEqual([]);
  });
});

describe("the check itself", () => {
  const layers = readLayers(page);
  const doors = readDoors(page);

  it.each([
    [
      "src/model/event.ts",
      `import { x } from "../config/load.ts";`,
      "src/model/event.ts: model may not import config",
    ],
    [
      "src/store/file.ts",
      `import type { A } from "../outbox/contract.ts";`,
      "src/store/file.ts: store may not import outbox",
    ],
    [
      "src/commands/plan.ts",
      `const { Agent } = await import("undici");`,
      "src/commands/plan.ts: undici has its door elsewhere",
    ],
    [
      "src/providers/qovery/notify.ts",
      `export { a } from "../../generated/registry.ts";`,
      "src/providers/qovery/notify.ts: providers may not import generated",
    ],
    ["src/model/event.ts", `import left from "left-pad";`, "src/model/event.ts: left-pad has no door"],
  ])("finds the wrong import in %s", (name, text, expected) => {
    expect(violations({ name, text }, layers, doors)).toEqual([expected]);
  });

  it("sees static, dynamic, type and re-exporting imports", () => {
    const text = `import a from "a";\nimport type { b } from "b";\nexport { c } from "c";\nawait import("d");\nimport "e";`;
    expect(readImports(text)).toEqual(["a", "b", "c", "d", "e"]);
  });
});

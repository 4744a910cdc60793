import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFileState } from "../../src/state/file.ts";
import { stateConformance, stateWith } from "../conformance/state.ts";
import { tempDir } from "../support/temp.ts";

stateConformance("a file", async () => {
  const file = join(await tempDir(), ".bellhop", "state.json");
  return () => openFileState(file);
});

test("the file and the generation before are readable by their owner only", async () => {
  const file = join(await tempDir(), "state.json");
  const first = stateWith("a");
  const state = openFileState(file);
  await state.write(first);
  const text = await readFile(file, "utf8");
  await state.write(stateWith("a", "b"));
  expect(await readFile(`${file}.previous`, "utf8")).toBe(text);
  for (const each of [file, `${file}.previous`]) expect((await stat(each)).mode & 0o777).toBe(0o600);
  expect(await openFileState(`${file}.previous`).read()).toEqual(first);
});

test("the layout does not depend on the order of the inventory", async () => {
  const folder = await tempDir();
  const one = stateWith("a", "b");
  const other = { ...one, inventory: Object.fromEntries(Object.entries(one.inventory).toReversed()) };
  await openFileState(join(folder, "1")).write(one);
  await openFileState(join(folder, "2")).write(other);
  expect(await readFile(join(folder, "1"), "utf8")).toBe(await readFile(join(folder, "2"), "utf8"));
});

test.for<[string, (text: string) => string]>([
  ["cut short", (text) => text.slice(0, 100)],
  ["empty", () => ""],
  ["edited", (text) => text.replace("id-a", "id-b")],
  ["of another version", (text) => text.replace('"formatVersion": 1', '"formatVersion": 2')],
  ["something else", () => "[]"],
])("a state that is %s is an error that names the previous generation, which is kept", async ([, damage]) => {
  const file = join(await tempDir(), "state.json");
  const state = openFileState(file);
  await state.write(stateWith("old"));
  await state.write(stateWith("a"));
  const previous = await readFile(`${file}.previous`, "utf8");
  const damaged = damage(await readFile(file, "utf8"));
  await writeFile(file, damaged);
  const failure = { code: "state-unreadable", hint: expect.stringContaining(`${file}.previous`) };
  await expect(state.read()).rejects.toMatchObject(failure);
  await expect(state.write(stateWith("b"))).rejects.toMatchObject(failure);
  expect(await readFile(file, "utf8")).toBe(damaged);
  expect(await readFile(`${file}.previous`, "utf8")).toBe(previous);
});

test("a path that cannot be used is an error for people", async () => {
  await expect(openFileState(await tempDir()).read()).rejects.toMatchObject({ code: "state-unreadable" });
});

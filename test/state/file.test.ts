import { copyFile, readFile, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openFileState } from "../../src/state/file.ts";
import { intentOf, stateConformance, stateWith } from "../conformance/state.ts";
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

test("the generation before knows what its journal knew, and is no help where the journal went on", async () => {
  const file = join(await tempDir(), "state.json");
  const state = openFileState(file);
  await state.write(stateWith("a"));
  await state.append([intentOf("b"), { type: "done", id: "1.b", remoteId: "id-b", version: "7" }]);
  await state.append([intentOf("c")]);
  await state.write(stateWith("a", "b"));
  const previous = await openFileState(`${file}.previous`).read();
  expect(previous?.inventory).toMatchObject({ a: { remoteId: "id-a" }, b: { remoteId: "id-b" } });
  expect(previous?.pending).toMatchObject([{ key: "c" }]);

  await state.append([intentOf("d")]);
  await state.close();
  await copyFile(`${file}.previous`, file);
  await expect(openFileState(file).read()).rejects.toMatchObject({
    code: "state-unreadable",
    message: expect.stringContaining("follows a later state (serial 2)"),
    hint: expect.stringContaining("state rebuild"),
  });
  await openFileState(file).write(stateWith("a", "b", "d"), { overwrite: true });
  expect(await openFileState(file).read()).toEqual(stateWith("a", "b", "d"));
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
  await state.write(stateWith("a", "c"));
  const previous = await readFile(`${file}.previous`, "utf8");
  const damaged = damage(await readFile(file, "utf8"));
  await writeFile(file, damaged);
  const hint = expect.stringMatching(/^bellhop state rebuild .*state\.json\.previous.* only when/);
  const failure = { code: "state-unreadable", hint };
  await expect(state.read()).rejects.toMatchObject(failure);
  await expect(state.write(stateWith("b"))).rejects.toMatchObject(failure);
  expect(await readFile(file, "utf8")).toBe(damaged);
  expect(await readFile(`${file}.previous`, "utf8")).toBe(previous);
});

test("a damaged state makes way when it is told to, and is kept beside the good one of before", async () => {
  const file = join(await tempDir(), "state.json");
  const state = openFileState(file);
  await state.write(stateWith("a"));
  await state.write(stateWith("a", "b"));
  await writeFile(file, "{");
  await state.write(stateWith("c"), { overwrite: true });
  expect(await state.read()).toEqual(stateWith("c"));
  expect(await readFile(`${file}.damaged`, "utf8")).toBe("{");
  expect(await openFileState(`${file}.previous`).read()).toEqual(stateWith("a"));
});

describe("the journal", () => {
  const written = async (): Promise<{ file: string; lines: string[] }> => {
    const file = join(await tempDir(), "state.json");
    const state = openFileState(file);
    await state.write(stateWith("a"));
    await state.append([intentOf("b")]);
    await state.append([intentOf("c")]);
    await state.close();
    return { file, lines: (await readFile(`${file}.journal`, "utf8")).split("\n") };
  };
  const pending = async (file: string): Promise<readonly string[]> =>
    ((await openFileState(file).read())?.pending ?? []).map(({ key }) => key);

  test("is readable by its owner only", async () => {
    const { file } = await written();
    expect((await stat(`${file}.journal`)).mode & 0o777).toBe(0o600);
  });

  test("counts without an unfinished end", async () => {
    const { file, lines } = await written();
    const [head = "", b = "", c = ""] = lines;
    for (const end of [c.slice(0, 20), `${c.slice(0, 20)}\n`, "\0\0\0\n", c]) {
      await writeFile(`${file}.journal`, `${head}\n${b}\n${end}`);
      expect(await pending(file)).toEqual(["b"]);
    }
    for (const start of ["", head.slice(0, 9), head.slice(0, 40), "\0\0\0", `${head.slice(0, 9)}\0\0`]) {
      await writeFile(`${file}.journal`, start);
      expect(await pending(file)).toEqual([]);
    }
  });

  const refused = async (file: string, line: number): Promise<void> => {
    const failure = {
      code: "state-unreadable",
      message: expect.stringContaining(`line ${line} is damaged`),
      hint: expect.stringContaining("state rebuild"),
    };
    const text = await readFile(`${file}.journal`, "utf8");
    await expect(openFileState(file).read()).rejects.toMatchObject(failure);
    await expect(openFileState(file).write(stateWith("a", "z"))).rejects.toMatchObject(failure);
    await writeFile(`${file}.lock`, JSON.stringify({ pid: 2 ** 30, host: hostname(), started: 1 }));
    const lock = await openFileState(file).lock({ operation: "bellhop apply", waitMs: 0 });
    await lock.release();
    expect(await readFile(`${file}.journal`, "utf8")).toBe(text);
  };

  test.for<[string, (head: string) => string]>([
    ["another name in it", (head) => head.replace("lineage", "lineagX")],
    ["no end", (head) => head.slice(0, 30)],
    ["a serial that is none", (head) => head.replace(/"serial":\d+/, '"serial":"1"')],
    ["nothing in it", () => ""],
    ["NULs in it", () => "\0\0\0"],
  ])("whose first line has %s is refused, and stays", async ([, damage]) => {
    const { file, lines } = await written();
    await writeFile(`${file}.journal`, lines.with(0, damage(lines[0] ?? "")).join("\n"));
    await refused(file, 1);
  });

  test.for(["junk", "junk\n", "{}\n"])("that is %j is refused, and stays", async (text) => {
    const { file } = await written();
    await writeFile(`${file}.journal`, text);
    await refused(file, 1);
  });

  test.for<[string, (line: string) => string]>([
    ["no JSON", () => "{"],
    ["no object", () => "[1]"],
    ["of an unknown type", (line) => line.replace('"type":"intent"', '"type":"intenX"')],
    ["without its intent", (line) => line.replace('"intent":{', '"intenX":{')],
    ["without an id", (line) => line.replace('"id":', '"iX":')],
    ["about no operation", (line) => line.replace('"op":"create"', '"op":"creatX"')],
  ])("with a line in the middle that is %s is refused, and stays", async ([, damage]) => {
    const { file, lines } = await written();
    await writeFile(`${file}.journal`, lines.with(1, damage(lines[1] ?? "")).join("\n"));
    await refused(file, 2);
  });

  test("of an earlier state is not taken for the present one's", async () => {
    const { file, lines } = await written();
    await openFileState(file).write(stateWith("a", "z"));
    // As if the process had been killed between writing the state and removing the journal.
    await writeFile(`${file}.journal`, lines.join("\n"));
    expect(await openFileState(file).read()).toEqual(stateWith("a", "z"));
  });

  test("follows a state", async () => {
    const state = openFileState(join(await tempDir(), "state.json"));
    await expect(state.append([intentOf("a")])).rejects.toThrow("follows a state");
  });
});

describe("the lock", () => {
  const request = { operation: "bellhop apply", waitMs: 0 };
  const someone = { id: "7", operation: "bellhop apply", who: "ana@here", created: "2026-01-02", started: 1 };

  test("of a dead process on this machine is taken over, and that is told", async () => {
    const file = join(await tempDir(), "state.json");
    await openFileState(file).write(stateWith("a"));
    await writeFile(join(dirname(file), ".state.json.leftover.tmp"), "");
    await writeFile(`${file}.journal`, '{"journal":1,"lineage":"of before","serial":0}\n');
    await writeFile(`${file}.lock`, JSON.stringify({ ...someone, pid: 2 ** 30, host: hostname() }));
    const notes: string[] = [];
    const lock = await openFileState(file).lock({ ...request, onNote: (note) => void notes.push(note) });
    expect(notes).toEqual([
      `took over the state ${file} from a dead process: bellhop apply by ana@here (process ${2 ** 30}) since 2026-01-02`,
    ]);
    await lock.release();
    expect(await readdir(dirname(file))).toEqual(["state.json"]);
  });

  test("of another machine never is, however old it is", async () => {
    const file = join(await tempDir(), "state.json");
    await writeFile(`${file}.lock`, JSON.stringify({ ...someone, pid: 1, host: "elsewhere" }));
    const long = new Date(0);
    await utimes(`${file}.lock`, long, long);
    const lock = openFileState(file).lock(request);
    await expect(lock).rejects.toMatchObject({
      code: "state-locked",
      hint: expect.stringContaining("unlock 7"),
    });
  });

  test("that was taken away and is somebody else's by now is not released", async () => {
    const file = join(await tempDir(), "state.json");
    const state = openFileState(file);
    const first = await state.lock(request);
    await state.unlock(first.info.id);
    const second = await openFileState(file).lock(request);
    await first.release();
    await expect(openFileState(file).lock(request)).rejects.toThrow(second.info.created);
  });
});

test("a path that cannot be used is an error for people", async () => {
  await expect(openFileState(await tempDir()).read()).rejects.toMatchObject({ code: "state-unreadable" });
});

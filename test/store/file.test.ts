import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { concealWith } from "../../src/model/conceal.ts";
import { Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import type { Store } from "../../src/store/contract.ts";
import { openFileStore } from "../../src/store/file.ts";
import { storeConformance } from "../conformance/store.ts";
import { kinds } from "../support/acme.ts";
import { record } from "../support/acme-record.ts";
import { tempDir } from "../support/temp.ts";

const open = (file: string, waitMs = 10_000): Store =>
  openFileStore({ file, conceal: concealWith(kinds), pollMs: 20, waitMs });

storeConformance("a file", async () => {
  const folder = await tempDir();
  return { open: () => open(join(folder, ".bellhop", "store.json")) };
});

/** A process that writes, once it has started to. */
async function startWriter(file: string, name: string, count: number): Promise<ChildProcess> {
  const writer = new URL("../support/store-writer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", writer, file, name, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("the file is readable by its owner only, indented, and says its version", async () => {
  const file = join(await tempDir(), "store.json");
  await open(file).write(
    (records) => void records.push(record("a", { spec: { url: new Secret("https://a.example/s") } })),
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toMatchInlineSnapshot(`
    "{
      "formatVersion": 1,
      "records": [
        {
          "uid": "uid-a",
          "kind": "acme/hook",
          "scope": "",
          "id": "a",
          "key": "a",
          "spec": {
            "url": "https://a.example/s"
          },
          "confirm": true,
          "createdAt": "2026-01-02T03:04:05.678Z",
          "updatedAt": "2026-01-02T03:04:05.678Z"
        }
      ]
    }
    "
  `);
});

test("reading and a change that changes nothing make no file", async () => {
  const folder = await tempDir();
  const store = open(join(folder, "store.json"));
  await store.read();
  await store.write(() => undefined);
  expect(await readdir(folder)).toEqual([]);
});

test("members that this version does not know survive a write", async () => {
  const file = join(await tempDir(), "store.json");
  const future = { formatVersion: 1, meta: { made: "later" }, records: [{ ...record("a"), labels: ["x"] }] };
  await writeFile(file, JSON.stringify(future));
  await open(file).write((records) => void records.push(record("b")));
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
    ...future,
    records: [...future.records, record("b")],
  });
});

test.for<[string, string]>([
  ["cut short", '{ "formatVersion": 1, "records": [ { "spec": "s3cret'],
  ["empty", ""],
  ["something else", "[]"],
  ["of another version", '{ "formatVersion": 2, "records": [] }'],
  ["with a record that is none", '{ "formatVersion": 1, "records": [ {} ] }'],
])("a file that is %s is an error with a hint, and is not overwritten", async ([, text]) => {
  const file = join(await tempDir(), "store.json");
  await writeFile(file, text);
  const failure = expect.objectContaining({
    code: "store-unreadable",
    hint: expect.stringContaining("backup"),
  });
  await expect(open(file).read()).rejects.toEqual(failure);
  const written = open(file).write((records) => void records.push(record("a")));
  await expect(written).rejects.toEqual(failure);
  await expect(open(file).read()).rejects.not.toThrow("s3cret");
  expect(await readFile(file, "utf8")).toBe(text);
});

test("what has no value is never stored", async () => {
  const file = join(await tempDir(), "store.json");
  const unset = record("a", { spec: { url: new Unresolved("${env:URL}", true) } });
  await expect(open(file).write((records) => void records.push(unset))).rejects.toThrow(
    "${env:URL} has no value",
  );
  expect(await open(file).read()).toEqual([]);
});

test("a path that cannot be used is an error for people", async () => {
  const folder = await tempDir();
  await expect(open(folder).read()).rejects.toMatchObject({ code: "store-unreadable" });
  await writeFile(join(folder, "file"), "");
  const below = open(join(folder, "file", "store.json"));
  await expect(below.write((records) => void records.push(record("a")))).rejects.toMatchObject({
    code: "store-unreadable",
  });
});

test("a symbolic link stays one", async () => {
  const folder = await tempDir();
  await writeFile(join(folder, "real.json"), '{ "formatVersion": 1, "records": [] }');
  await symlink("real.json", join(folder, "store.json"));
  await open(join(folder, "store.json")).write((records) => void records.push(record("a")));
  expect(await open(join(folder, "real.json")).read()).toEqual([record("a")]);
});

test("processes that write at the same time lose nothing", async () => {
  const file = join(await tempDir(), "store.json");
  const writers = await Promise.all(["a", "b"].map((name) => startWriter(file, name, 40)));
  const store = open(file, 60_000);
  for (let index = 0; index < 10; index += 1)
    await store.write((all) => void all.push(record(`here-${index}`)));
  const codes = await Promise.all(
    writers.map(async (child) => child.exitCode ?? (await once(child, "exit"))[0]),
  );
  expect(codes).toEqual([0, 0]);
  expect(await store.read()).toHaveLength(90);
});

test("a writer that is killed leaves a whole file, and the next writer goes on", async () => {
  const file = join(await tempDir(), "store.json");
  const store = open(file, 60_000);
  let before = 0;
  for (let round = 0; round < 5; round += 1) {
    const child = await startWriter(file, `round-${round}`, 100_000);
    const exited = once(child, "exit");
    // At another moment of its work each time.
    let seen = before;
    while (seen < before + 1 + round) seen = (await store.read()).length;
    child.kill("SIGKILL");
    await exited;
    const found = (await open(file).read()).length;
    expect(found).toBeGreaterThanOrEqual(seen);
    await store.write((all) => void all.push(record(`after-${round}`)));
    before = (await store.read()).length;
    expect(before).toBe(found + 1);
  }
  expect(await readdir(join(file, ".."))).toEqual(["store.json"]);
});

test("a writer that does not let go is an error that names it", async () => {
  const file = join(await tempDir(), "store.json");
  const { hostname } = await import("node:os");
  await writeFile(`${file}.lock`, JSON.stringify({ pid: process.ppid, host: hostname(), started: 0 }));
  const written = open(file, 50).write((all) => void all.push(record("a")));
  await expect(written).rejects.toMatchObject({
    code: "store-busy",
    message: expect.stringContaining(`process ${process.ppid}`),
  });
});

test("ten thousand records are written and read", async () => {
  const file = join(await tempDir(), "store.json");
  const many = Array.from({ length: 10_000 }, (_, index) => record(`r${index}`));
  await open(file).write((all) => {
    for (const one of many) all.push(one);
  });
  expect(await open(file).read()).toHaveLength(10_000);
});

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "../../src/lib/make-folder.ts";
import { tempDir } from "../support/temp.ts";

it("makes what is missing, with its mode, and is content with what is there", async () => {
  const folder = await tempDir();
  makeFolder(join(folder, "a/b/c"), 0o700);
  makeFolder(join(folder, "a/b/c"), 0o700);
  for (const made of ["a", "a/b", "a/b/c"]) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
});

it("says why where it cannot", async () => {
  const folder = await tempDir();
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file/below"))).toThrow("ENOTDIR");
  expect(() => makeFolder(join(folder, "file"))).toThrow("EEXIST");
  expect(() => makeFolder("/proc/there/is/none")).toThrow("ENOENT");
});

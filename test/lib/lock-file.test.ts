import { readFile, readdir, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withLockFile } from "../../src/lib/lock-file.ts";
import { tempDir } from "../support/temp.ts";

/** An id that no process has: beyond what Linux and macOS give out. */
const NOBODY = 2 ** 30;

test("one at a time, and the file is gone afterwards, after a failure too", async () => {
  const folder = await tempDir();
  const lock = join(folder, "lock");
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, (inside += 1));
    await readdir(folder);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLockFile(lock, work)));
  await expect(withLockFile(lock, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

describe("a lock is taken over", () => {
  const long = new Date(Date.now() - 3_600_000);
  test.for<[string, string, Date | undefined]>([
    ["whose holder is dead", JSON.stringify({ pid: NOBODY, host: hostname(), started: 1 }), undefined],
    [
      "of an earlier process with our id",
      JSON.stringify({ pid: process.pid, host: hostname(), started: 1 }),
      undefined,
    ],
    ["that has long been empty", "", long],
    ["of another machine, when it is old", JSON.stringify({ pid: 1, host: "elsewhere", started: 1 }), long],
  ])("%s", async ([, content, time]) => {
    const lock = join(await tempDir(), "lock");
    await writeFile(lock, content);
    if (time !== undefined) await utimes(lock, time, time);
    let stale = 0;
    const onStale = (): Promise<void> => Promise.resolve(void (stale += 1));
    const runs = Array.from({ length: 5 }, () =>
      withLockFile(lock, () => readFile(lock, "utf8"), { onStale }),
    );
    for (const held of await Promise.all(runs)) expect(JSON.parse(held)).toMatchObject({ pid: process.pid });
    expect(stale).toBe(1);
  });
});

describe("a lock is waited for", () => {
  test.for<[string, string, number | undefined]>([
    ["whose holder lives", JSON.stringify({ pid: process.ppid, host: hostname(), started: 1 }), process.ppid],
    ["of another machine", JSON.stringify({ pid: 1, host: "elsewhere", started: 1 }), 1],
    ["that is just being made", "", undefined],
  ])("%s", async ([, content, holder]) => {
    const lock = join(await tempDir(), "lock");
    await writeFile(lock, content);
    const run = withLockFile(lock, () => Promise.resolve("done"), { waitMs: 40 });
    await expect(run).rejects.toMatchObject({ name: "LockTimeout", lockFile: lock, holder });
    expect(await readFile(lock, "utf8")).toBe(content);
  });
});

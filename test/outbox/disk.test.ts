/**
 * A disk that is full, or that fails: made so for real, in every way that this system lets us. Which ones it has is in the
 * names of the tests: a preloaded library needs gcc, a small file system the right to mount, a limit on files prlimit.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { openDatabase } from "../../src/outbox/sqlite/driver.ts";
import { useFolder } from "./folder.ts";

const root = new URL("../../", import.meta.url).pathname;
const folder = useFolder();
const works = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;
const mounted: string[] = [];

interface Disk {
  readonly path: string;
  /** Whether what was refused may be there all the same. */
  readonly mayKeep?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  fail(pid: number): void;
  mend(pid: number): void;
}

/** Fails as `kind` says while a file says so. */
function preloaded(kind: "full" | "sync"): Disk {
  const library = folder.path("faulty-disk.so");
  execFileSync("gcc", ["-shared", "-fPIC", "-o", library, join(root, "test/outbox/faulty-disk.c"), "-ldl"]);
  const [fault, place] = [folder.path(`fault-${kind}`), folder.path(kind)];
  mkdirSync(place);
  return {
    path: join(place, "outbox.db"),
    mayKeep: kind === "sync",
    env: { LD_PRELOAD: library, FAULT_FILE: fault },
    fail: () => writeFileSync(fault, kind),
    mend: () => rmSync(fault),
  };
}

/** Two megabytes, filled up. */
function smallFileSystem(): Disk {
  const place = folder.path("small");
  mkdirSync(place);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", place]);
  mounted.push(place);
  const filler = join(place, "filler");
  return {
    path: join(place, "outbox.db"),
    fail: () => void spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"], { stdio: "ignore" }),
    mend: () => rmSync(filler),
  };
}

/** No file may grow beyond what it has. */
function limitedFiles(): Disk {
  const limit = (pid: number, size: string): void =>
    void execFileSync("prlimit", ["--pid", String(pid), `--fsize=${size}:`]);
  return {
    path: folder.path("limited-outbox.db"),
    fail: (pid) => limit(pid, "4096"),
    mend: (pid) => limit(pid, "unlimited"),
  };
}

afterAll(() => {
  for (const place of mounted) execFileSync("umount", [place]);
});

const hasCompiler = process.platform === "linux" && works("gcc", "--version");
const mayMount =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  works("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt");
const mayLimit = process.platform === "linux" && works("prlimit", "--version");

describe("a disk that fails, and works again", () => {
  test.runIf(hasCompiler)("full, by a preloaded library", () =>
    survives(preloaded("full"), /the disk is full/),
  );
  test.runIf(hasCompiler)("failing to flush, by a preloaded library", () =>
    survives(preloaded("sync"), /the disk refuses to read or write/),
  );
  test.runIf(mayMount)("full, by a small file system", () => survives(smallFileSystem(), /the disk is full/));
  test.runIf(mayLimit)("refusing to write, by a limit on files", () =>
    survives(limitedFiles(), /the disk refuses to read or write|the disk is full/),
  );
  test("is tried in at least one way on Linux", () => {
    expect(process.platform !== "linux" || hasCompiler || mayMount || mayLimit).toBe(true);
  });
});

async function survives(disk: Disk, words: RegExp): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", "test/outbox/disk-child.ts", disk.path], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...disk.env },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`);
    return next();
  };
  const events = async (): Promise<string[]> => String(await ask("events")).split(",");
  const pid = child.pid ?? 0;
  const refused = { name: "AppError", code: "outbox-unavailable", message: expect.stringMatching(words) };
  try {
    expect(await next()).toBe("ready");
    expect(await ask("accept e1")).toMatchObject({ accepted: 1, deliveries: 2 });
    disk.fail(pid);
    expect(await ask("accept e2")).toMatchObject(refused);
    expect(await ask("accept e3")).toMatchObject(refused);
    expect(await ask("claim")).toMatchObject(refused);
    expect(await ask("accept e2")).toMatchObject(refused);
    expect(await ask("healthy")).toEqual({ ok: false, reason: expect.stringMatching(words) });
    disk.mend(pid);
    await expect.poll(() => ask("healthy"), { timeout: 30_000 }).toEqual({ ok: true });
    // What could not be flushed may be there all the same, whole.
    const kept = disk.mayKeep ? ["e1", "e2", "e3"] : ["e1"];
    expect(kept).toEqual(expect.arrayContaining(await events()));
    for (const id of ["e2", "e3"]) await ask(`accept ${id}`);
    expect((await events()).toSorted()).toEqual(["e1", "e2", "e3"]);
    expect(await ask("claim")).toBe(6);
  } finally {
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }
  const outbox = await openSqliteOutbox({ path: disk.path, mode: "exclusive" });
  expect(await outbox.counts()).toEqual({ a: { pending: 3 }, b: { pending: 3 } });
  await outbox.close();
  const db = openDatabase(disk.path);
  expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  db.close();
}

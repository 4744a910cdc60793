/** What happens to files while nothing watches: each line comes once, wherever it lies by then. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createFollower } from "./follower.ts";

type PathOf = (name: string) => string;

const lines = (...names: string[]): string => names.map((name) => `${name}\n`).join("");

/** As gzip does it: the packed file keeps the time of the plain one, which goes. */
function pack(path: string): void {
  const { mtime } = statSync(path);
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  utimesSync(`${path}.gz`, mtime, mtime);
  unlinkSync(path);
}

/** Each begins after `one` was read of a.ndjson, and a day later. */
const MEANWHILE: readonly (readonly [string, (path: PathOf) => void, readonly string[]])[] = [
  [
    "two rotations by number",
    (path) => {
      appendFileSync(path("a.ndjson"), lines("two"));
      renameSync(path("a.ndjson"), path("a.ndjson.2"));
      writeFileSync(path("a.ndjson.1"), lines("three"));
      writeFileSync(path("a.ndjson"), lines("four"));
    },
    ["two", "three", "four"],
  ],
  [
    "eleven rotations by number, all but one of them packed",
    (path) => {
      appendFileSync(path("a.ndjson"), lines("two"));
      renameSync(path("a.ndjson"), path("a.ndjson.11"));
      pack(path("a.ndjson.11"));
      for (let n = 10; n > 0; n -= 1) {
        writeFileSync(path(`a.ndjson.${n}`), lines(`rotated ${n}`));
        if (n > 1) pack(path(`a.ndjson.${n}`));
      }
      writeFileSync(path("a.ndjson"), lines("new"));
    },
    ["two", ...Array.from({ length: 10 }, (_, n) => `rotated ${n + 1}`), "new"],
  ],
  [
    "rotations by date, packed",
    (path) => {
      appendFileSync(path("a.ndjson"), lines("two"));
      renameSync(path("a.ndjson"), path("a.ndjson-20260301"));
      pack(path("a.ndjson-20260301"));
      writeFileSync(path("a.ndjson-20260302"), lines("three"));
      pack(path("a.ndjson-20260302"));
      writeFileSync(path("a.ndjson-20260303"), lines("four"));
      writeFileSync(path("a.ndjson"), lines("five"));
    },
    ["two", "three", "four", "five"],
  ],
  [
    "rotations by date and hour, with separators",
    (path) => {
      renameSync(path("a.ndjson"), path("a.ndjson.2026-03-01T09"));
      writeFileSync(path("a.ndjson.2026-03-01T10"), lines("two"));
      writeFileSync(path("a.ndjson"), lines("three"));
    },
    ["two", "three"],
  ],
  [
    "two rotations by copy and truncation, packed",
    (path) => {
      appendFileSync(path("a.ndjson"), lines("two"));
      copyFileSync(path("a.ndjson"), path("a.ndjson.2"));
      pack(path("a.ndjson.2"));
      truncateSync(path("a.ndjson"));
      writeFileSync(path("a.ndjson.1"), lines("three"));
      appendFileSync(path("a.ndjson"), lines("four"));
    },
    ["two", "three", "four"],
  ],
  [
    "more rotations than are kept",
    (path) => {
      rmSync(path("a.ndjson"));
      writeFileSync(path("a.ndjson.2"), lines("late"));
      pack(path("a.ndjson.2"));
      writeFileSync(path("a.ndjson.1"), lines("later"));
      writeFileSync(path("a.ndjson"), lines("now"));
    },
    ["late", "later", "now"],
  ],
  [
    "packing that is not finished",
    (path) => {
      appendFileSync(path("a.ndjson"), lines("two"));
      renameSync(path("a.ndjson"), path("a.ndjson.1"));
      const packed = gzipSync(readFileSync(path("a.ndjson.1")));
      writeFileSync(path("a.ndjson.1.gz"), packed.subarray(0, packed.length - 6));
      writeFileSync(path("a.ndjson"), lines("three"));
    },
    ["two", "three"],
  ],
  [
    "a last line without newline, packed",
    (path) => {
      appendFileSync(path("a.ndjson"), `${lines("two")}last`);
      renameSync(path("a.ndjson"), path("a.ndjson.1"));
      pack(path("a.ndjson.1"));
      writeFileSync(path("a.ndjson"), lines("three"));
    },
    ["two", "last", "three"],
  ],
  [
    "files of other names beside it",
    (path) => {
      renameSync(path("a.ndjson"), path("a.ndjson.1"));
      for (const name of ["b.ndjson.0", "aa.ndjson.0", "a.ndjson.bak", "a.ndjson.0.tmp", "a.ndjson.old.gz"])
        writeFileSync(path(name), lines("not ours"));
      writeFileSync(path("a.ndjson"), lines("two"));
    },
    ["two"],
  ],
];

test.for(MEANWHILE)("%s", async ([, happen, texts]) => {
  const on = createFollower();
  // What was rotated away before anything was read is nobody's.
  writeFileSync(on.path("a.ndjson.3"), lines("old"));
  pack(on.path("a.ndjson.3"));
  const yesterday = new Date(Date.now() - 86_400_000);
  utimesSync(on.path("a.ndjson.3.gz"), yesterday, yesterday);
  writeFileSync(on.path("a.ndjson"), lines("one"));
  utimesSync(on.path("a.ndjson"), yesterday, yesterday);
  await on.start();
  await on.came("one");
  await on.stop();
  rmSync(on.path("a.ndjson.3.gz"));
  happen((name) => on.path(name));
  await on.start();
  await on.cameSomehow(["one", ...texts]);
  await on.stop();
  await on.start();
  appendFileSync(on.path("a.ndjson"), lines("end"));
  await on.cameSomehow(["one", ...texts, "end"]);
  expect(new Set(on.items.map(({ seed }) => seed)).size).toBe(on.items.length);
});

test("files whose numbers grow are not read a second time", async () => {
  const on = createFollower({ releaseMs: 30 });
  writeFileSync(on.path("a.ndjson"), lines("one"));
  await on.start();
  await on.came("one");
  renameSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
  writeFileSync(on.path("a.ndjson"), lines("two"));
  const before = new Date(Date.now() - 60_000);
  utimesSync(on.path("a.ndjson.1"), before, before);
  await on.came("one", "two");
  await expect.poll(() => on.positions.size, { timeout: 20_000 }).toBe(2);
  await on.stop();
  renameSync(on.path("a.ndjson"), on.path("a.ndjson.2"));
  writeFileSync(on.path("a.ndjson"), lines("three"));
  await on.start();
  await on.came("one", "two", "three");
});

test("old files are left alone when the newest is where it was", async () => {
  const on = createFollower();
  writeFileSync(on.path("a.ndjson"), lines("one"));
  await on.start();
  await on.came("one");
  await on.stop();
  writeFileSync(on.path("a.ndjson.1"), lines("somebody's copy"));
  appendFileSync(on.path("a.ndjson"), lines("two"));
  await on.start();
  await on.came("one", "two");
});

test("a large packed file is read on from its middle, in batches, stopped and started", async () => {
  let batches = 0;
  let half = (): void => {};
  const halfway = new Promise<void>((resolve) => (half = resolve));
  const on = createFollower({
    before: () => {
      if ((batches += 1) === 6) half();
    },
  });
  const texts = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ n, pad: "x".repeat(n % 400) }));
  writeFileSync(on.path("a.ndjson"), lines(...texts.slice(0, 400)));
  await on.start();
  await on.came(...texts.slice(0, 400));
  await on.stop();
  appendFileSync(on.path("a.ndjson"), lines(...texts.slice(400)));
  renameSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
  pack(on.path("a.ndjson.1"));
  await on.start();
  await halfway;
  await on.stop();
  expect(on.items.length).toBeLessThan(texts.length);
  await on.start();
  await on.came(...texts);
});

test("a packed copy of what was truncated before it was read", async () => {
  let rotate = (): void => {};
  const on = createFollower({ before: () => rotate() });
  const texts = Array.from({ length: 1200 }, (_, n) => `line ${n}`);
  writeFileSync(on.path("a.ndjson"), lines(...texts));
  rotate = () => {
    rotate = () => {};
    copyFileSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
    truncateSync(on.path("a.ndjson"));
    pack(on.path("a.ndjson.1"));
    appendFileSync(on.path("a.ndjson"), lines("new"));
  };
  await on.start();
  await on.cameSomehow([...texts, "new"]);
});

test("a file behind a link that was rotated where it lies", async () => {
  const on = createFollower();
  const real = `${on.folder}/real`;
  mkdirSync(real);
  writeFileSync(`${real}/0.log`, lines("one"));
  symlinkSync(`${real}/0.log`, on.path("a.ndjson"));
  await on.start();
  await on.came("one");
  await on.stop();
  appendFileSync(`${real}/0.log`, lines("two"));
  renameSync(`${real}/0.log`, `${real}/0.log.20260301-090000`);
  pack(`${real}/0.log.20260301-090000`);
  writeFileSync(`${real}/0.log.20260302-090000`, lines("three"));
  writeFileSync(`${real}/0.log`, lines("four"));
  await on.start();
  await on.cameSomehow(["one", "two", "three", "four"]);
});

/** Files that were rotated away without having been seen, by the end of a process at the worst moment or between two looks. */
import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import type { SourceBatch } from "../../src/sources/contract.ts";
import { createFollower, type Follower } from "./follower.ts";

const lines = (...names: string[]): string => names.map((name) => `${name}\n`).join("");

const holdsText = ({ items }: SourceBatch, texts: readonly string[]): boolean =>
  items.some(({ content }) => "text" in content && texts.includes(content.text));

/** What this process has open now. */
const openFiles = (): string[] =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });

/** A follower that has read `one`, whose sink refuses what `refused` names from then on. */
async function afterOne(): Promise<Follower & { refused: string[]; refusals: () => number }> {
  const refused: string[] = [];
  let refusals = 0;
  const on = createFollower({
    releaseMs: 0,
    before: (batch) => {
      if (!holdsText(batch, refused)) return;
      refusals += 1;
      throw new Error("refused");
    },
  });
  writeFileSync(on.path("a.ndjson"), lines("one"));
  const earlier = new Date(Date.now() - 60_000);
  utimesSync(on.path("a.ndjson"), earlier, earlier);
  await on.start();
  await on.came("one");
  return Object.assign(on, { refused, refusals: () => refusals });
}

/** Two ways to call rotated files: name of the n-th rotation of three. */
const NAMES: readonly (readonly [string, (n: number) => string])[] = [
  ["numbers", (n) => `a.ndjson.${4 - n}`],
  ["dates", (n) => `a.ndjson-2026030${n}`],
];

for (const [naming, nameOf] of NAMES) {
  test(`by ${naming}: what follows is not read before what was never seen, so an end in between loses nothing`, async () => {
    const on = await afterOne();
    await on.stop();
    renameSync(on.path("a.ndjson"), on.path(nameOf(1)));
    writeFileSync(on.path(nameOf(2)), lines("two"));
    writeFileSync(on.path("a.ndjson"), lines("three"));
    on.refused.push("two");
    await on.start();
    await expect.poll(on.refusals).toBeGreaterThan(2);
    await on.stop();
    expect(on.texts()).toEqual(["one"]);
    on.refused.length = 0;
    await on.start();
    await on.came("one", "two", "three");
  });

  test(`by ${naming}: a rotated file is known by the name that it had after an end and another rotation`, async () => {
    const on = await afterOne();
    await on.stop();
    appendFileSync(on.path("a.ndjson"), lines("two"));
    renameSync(on.path("a.ndjson"), on.path(nameOf(1)));
    await on.start();
    await on.came("one", "two");
    await on.stop();
    writeFileSync(on.path(nameOf(2)), lines("three"));
    const later = new Date(Date.now() + 5000);
    utimesSync(on.path(nameOf(2)), later, later);
    writeFileSync(on.path("a.ndjson"), lines("four"));
    await on.start();
    await on.cameSomehow(["one", "two", "three", "four"]);
  });

  test(`by ${naming}: a file that came and went between two looks`, async () => {
    const on = await afterOne();
    renameSync(on.path("a.ndjson"), on.path(nameOf(1)));
    writeFileSync(on.path("a.ndjson"), lines("two"));
    renameSync(on.path("a.ndjson"), on.path(nameOf(2)));
    writeFileSync(on.path("a.ndjson"), lines("three"));
    await on.came("one", "two", "three");
  });

  test(`by ${naming}: a file that was copied and truncated twice between two looks`, async () => {
    const on = await afterOne();
    for (const [n, text] of ["two", "three", "four"].entries()) {
      appendFileSync(on.path("a.ndjson"), lines(text));
      if (n === 2) break;
      copyFileSync(on.path("a.ndjson"), on.path(nameOf(n + 1)));
      truncateSync(on.path("a.ndjson"));
    }
    await on.cameSomehow(["one", "two", "three", "four"]);
    await on.stop();
    await on.start();
    appendFileSync(on.path("a.ndjson"), lines("five"));
    await on.cameSomehow(["one", "two", "three", "four", "five"]);
  });
}

test("what was let go long before the next file came is still known as the last one", async () => {
  const on = await afterOne();
  renameSync(on.path("a.ndjson"), on.path("a.ndjson-20260301"));
  await expect.poll(() => openFiles().filter((path) => path.startsWith(on.path("a.ndjson")))).toEqual([]);
  await on.stop();
  writeFileSync(on.path("a.ndjson-20260302"), lines("two"));
  writeFileSync(on.path("a.ndjson"), lines("three"));
  await on.start();
  await on.came("one", "two", "three");
});

test("a file that is deleted and was never rotated leaves nothing behind", async () => {
  const on = await afterOne();
  rmSync(on.path("a.ndjson"));
  await expect.poll(() => [...on.positions.keys()].filter((key) => !key.endsWith("next"))).toEqual([]);
});

test("a copy of what is about to be truncated is not read beside it", async () => {
  const on = await afterOne();
  await on.stop();
  renameSync(on.path("a.ndjson"), on.path("a.ndjson-20260301"));
  writeFileSync(on.path("a.ndjson"), lines("two", "three"));
  copyFileSync(on.path("a.ndjson"), on.path("a.ndjson-20260302"));
  await on.start();
  await on.came("one", "two", "three");
  truncateSync(on.path("a.ndjson"));
  appendFileSync(on.path("a.ndjson"), lines("four"));
  await on.came("one", "two", "three", "four");
});

/** What a file source says that has nothing to read. */
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createFollower } from "./follower.ts";

test("says once that a folder is not there yet, and reads what comes in it", async () => {
  const said: unknown[] = [];
  const on = createFollower({ pattern: "nodir/*.ndjson", onNothing: (nothing) => void said.push(nothing) });
  await on.start();
  const reason = "the folder is not there yet; it is waited for";
  expect(said).toEqual([{ path: `${on.folder}/nodir`, reason, waits: true }]);
  mkdirSync(`${on.folder}/nodir`);
  writeFileSync(`${on.folder}/nodir/a.ndjson`, "one\n");
  await on.came("one");
  expect(said).toHaveLength(1);
});

test("says once that its path is a directory", async () => {
  const said: unknown[] = [];
  const on = createFollower({ pattern: "locked.ndjson", onNothing: (nothing) => void said.push(nothing) });
  mkdirSync(`${on.folder}/locked.ndjson`);
  await on.start();
  const reason = "it is a directory, not a file; name the files in it";
  expect(said).toEqual([{ path: `${on.folder}/locked.ndjson`, reason, waits: false }]);
});

test("says nothing where there is a file, or there may be one", async () => {
  const said: unknown[] = [];
  const on = createFollower({ onNothing: (nothing) => void said.push(nothing) });
  await on.start();
  writeFileSync(on.path("a.ndjson"), "one\n");
  await on.came("one");
  expect(said).toEqual([]);
});

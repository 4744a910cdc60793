import { renameSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { Position } from "../../src/sources/file/identity.ts";
import { advance, BEGINNING, fromPosition, openFile, toPosition } from "../../src/sources/file/identity.ts";
import { compilePattern } from "../../src/sources/file/listing.ts";
import { resume } from "../../src/sources/file/resume.ts";
import { tempDir } from "../support/temp.ts";

/** Where a file stands that was read whole. */
async function readWhole(base: string, name: string, text: string): Promise<Position> {
  await writeFile(path.join(base, name), text);
  const file = await openFile(path.join(base, name));
  if (file === undefined) throw new Error(`${name} is no file`);
  const progress = advance(BEGINNING, Buffer.from(text), false);
  const position = fromPosition(toPosition({ path: name, name }, { ...file, writtenAt: 0n }, progress));
  await file.bytes.close();
  if (position === undefined) throw new Error("this is no position");
  return position;
}

test("what is renamed while it is looked for is found all the same", async () => {
  const base = await tempDir();
  const position = await readWhole(base, "app.ndjson", "one\ntwo\n");
  const gone: Position = { ...position, inode: "1", head: "another", tail: "another" };
  let looks = 0;
  const { found, lost } = await resume(
    {
      pattern: compilePattern("app.ndjson", base),
      base,
      isTaken: () => {
        // The folder has been listed for the first one by then, and is not listed again for the second.
        looks += 1;
        if (looks === 2) renameSync(path.join(base, "app.ndjson"), path.join(base, "app.ndjson-20260017"));
        return false;
      },
    },
    [
      { generation: 1, position: gone },
      { generation: 2, position },
    ],
  );
  await Promise.all(found.map(({ file }) => file.bytes.close()));
  expect(found.map(({ generation, file }) => [generation, path.basename(file.path)])).toEqual([
    [2, "app.ndjson-20260017"],
  ]);
  expect(lost.map(({ generation }) => generation)).toEqual([1]);
});

/** Real files in real folders; each test waits for what it expects, and never for nothing to happen by itself. */
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchFiles } from "../../src/config/watch.ts";
import type { Watch } from "../../src/config/watch.ts";
import { tempDir } from "../support/temp.ts";

interface Followed {
  readonly watch: Watch;
  readonly changes: () => number;
  /** Waits until so many changes have been told. */
  readonly until: (count: number) => Promise<void>;
}

function follow(files: readonly string[], readAt = Number.MAX_SAFE_INTEGER): Followed {
  let changes = 0;
  const problems: unknown[] = [];
  const watch = watchFiles({
    onChange: () => (changes += 1),
    onProblem: (error) => problems.push(error),
    settleMs: 30,
  });
  onTestFinished(() => watch.close());
  watch.follow(files, readAt);
  const until = async (count: number): Promise<void> => {
    await expect.poll(() => changes, { timeout: 10_000 }).toBe(count);
    expect(problems).toEqual([]);
  };
  return { watch, changes: () => changes, until };
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempDir();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

test("a file that is written in place, renamed over, removed and made again", async () => {
  const folder = await folderWith({ "a.yaml": "1" });
  const file = path.join(folder, "a.yaml");
  const { until } = follow([file]);
  await writeFile(file, "22");
  await until(1);
  await writeFile(path.join(folder, ".a.yaml.swp"), "333");
  await rename(path.join(folder, ".a.yaml.swp"), file);
  await until(2);
  await rm(file);
  await until(3);
  await writeFile(file, "4444");
  await until(4);
});

test("a link that is swapped as Kubernetes swaps a ConfigMap's", async () => {
  const folder = await folderWith({ "..v1/a.yaml": "1", "..v2/a.yaml": "2", "..v3/a.yaml": "3" });
  await symlink("..v1", path.join(folder, "..data"));
  await symlink(path.join("..data", "a.yaml"), path.join(folder, "a.yaml"));
  const { until } = follow([path.join(folder, "a.yaml")]);
  const swap = async (to: string): Promise<void> => {
    await symlink(to, path.join(folder, "..data_tmp"));
    await rename(path.join(folder, "..data_tmp"), path.join(folder, "..data"));
  };
  await swap("..v2");
  await until(1);
  await rm(path.join(folder, "..v1"), { recursive: true });
  await swap("..v3");
  await until(2);
});

test("a link to a file of another folder, behind a folder that is a link itself", async () => {
  const folder = await folderWith({ "one/a.yaml": "1", "two/a.yaml": "2", "conf/x": "" });
  await symlink("one", path.join(folder, "current"));
  await symlink(path.join("..", "current", "a.yaml"), path.join(folder, "conf/a.yaml"));
  const { until } = follow([path.join(folder, "conf/a.yaml")]);
  await symlink("two", path.join(folder, "next"));
  await rename(path.join(folder, "next"), path.join(folder, "current"));
  await until(1);
  await writeFile(path.join(folder, "two/a.yaml"), "22");
  await until(2);
});

test("a further configuration file beside the others, but nothing else that happens there", async () => {
  const folder = await folderWith({ "a.yaml": "1" });
  const { until, changes } = follow([path.join(folder, "a.yaml")]);
  for (let n = 0; n < 20; n += 1) await writeFile(path.join(folder, "events.ndjson"), `${n}`);
  await writeFile(path.join(folder, "b.yaml"), "2");
  await until(1);
  expect(changes()).toBe(1);
});

test("a file that is not there yet", async () => {
  const folder = await folderWith({ "a.yaml": "1" });
  const { until } = follow([path.join(folder, "a.yaml"), path.join(folder, "secret")]);
  await writeFile(path.join(folder, "secret"), "s");
  await until(1);
});

test("what changed while it was being read is told", async () => {
  const readAt = Date.now();
  const folder = await folderWith({ "a.yaml": "1" });
  const { until } = follow([path.join(folder, "a.yaml")], readAt);
  await until(1);
});

test("other files from now on", async () => {
  const folder = await folderWith({ "one/a.yaml": "1", "two/b.yaml": "2" });
  const { watch, until } = follow([path.join(folder, "one/a.yaml")]);
  watch.follow([path.join(folder, "two/b.yaml")], Number.MAX_SAFE_INTEGER);
  await writeFile(path.join(folder, "one/a.yaml"), "11");
  await writeFile(path.join(folder, "two/b.yaml"), "22");
  await until(1);
  await writeFile(path.join(folder, "two/b.yaml"), "222");
  await until(2);
});

/** Files and folders as they should not be. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createFollower, type Follower, type FollowerOptions } from "./follower.ts";

describe("contents", () => {
  test.for([
    ["bytes of zero within and between", "a\0b\n\0\0\n{}\n", ["a\0b", "{}"]],
    ["zeros of many MiB before a line", `${"\0".repeat(5_000_000)}one\n`, ["one"]],
    ["nothing but newlines", "\n\n\r\n", []],
    ["a byte order mark alone", "\ufeff\n", []],
    ["returns within a line", "a\rb\n", ["a\rb"]],
    ["other separators of lines", "a\u2028b\u0085c\n", ["a\u2028b\u0085c"]],
  ] as const)("%s", async ([, content, texts]) => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), content);
    await on.start();
    appendFileSync(on.path("a.ndjson"), "end\n");
    await on.came(...texts, "end");
  });
});

describe("names", () => {
  test.for([
    "a*b?.ndjson",
    "a[1]{2}.ndjson",
    "a b\\c.ndjson",
    "new\nline.ndjson",
    "häuser-漢.ndjson",
    "-rf.ndjson",
    "#1.ndjson",
    "%41.ndjson",
  ])("%j", async (name) => {
    const on = createFollower();
    writeFileSync(on.path(name), "one\n");
    await on.start();
    await on.came("one");
    appendFileSync(on.path(name), "two\n");
    await on.came("one", "two");
    await on.stop();
    renameSync(on.path(name), on.path(`${name}.1`));
    appendFileSync(on.path(`${name}.1`), "three\n");
    await on.start();
    await on.came("one", "two", "three");
  });

  test.for([
    "events//a.ndjson",
    "./events/../events/a.ndjson",
    "events/./*.ndjson",
    "{events,other}/a.ndjson",
    "*/a.ndjson",
    "**/a.ndjson",
  ])("in a pattern like %s", async (pattern) => {
    const on = createFollower({ pattern });
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    appendFileSync(on.path("a.ndjson"), "two\n");
    await on.came("one", "two");
  });

  test("a pattern at the root, or where nothing can be", async () => {
    for (const pattern of [
      "/no-such-*b*.ndjson",
      "/proc/no/such/*.ndjson",
      "/dev/null/*.ndjson",
      "\0*.ndjson",
    ]) {
      const on = createFollower({ pattern });
      await on.start();
      await on.stop();
      expect(on.items).toEqual([]);
    }
  });

  test("what is no file is passed over", async () => {
    const on = createFollower();
    mkdirSync(on.path("folder.ndjson"));
    const socket = createServer().listen(on.path("socket.ndjson"));
    onTestFinished(() => void socket.close());
    symlinkSync(on.path("nowhere"), on.path("dangling.ndjson"));
    symlinkSync(on.path("loop.ndjson"), on.path("loop.ndjson"));
    symlinkSync("/dev/zero", on.path("zero.ndjson"));
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
  });

  test("what is packed is not taken for lines", async () => {
    const on = createFollower({ pattern: "events/*" });
    for (const ending of ["gz", "zst", "bz2", "xz"])
      writeFileSync(on.path(`a.log.1.${ending}`), "no lines\n");
    writeFileSync(on.path("a.log"), "one\n");
    await on.start();
    await on.came("one");
  });
});

describe("links", () => {
  test("a link that is turned to another file", async () => {
    const on = createFollower();
    for (const n of [1, 2, 3]) writeFileSync(on.path(`${n}.log`), `first of ${n}\n`);
    const turn = (n: number): void => {
      symlinkSync(on.path(`${n}.log`), on.path("next"));
      renameSync(on.path("next"), on.path("current.ndjson"));
    };
    turn(1);
    await on.start();
    await on.came("first of 1");
    appendFileSync(on.path("1.log"), "last of 1\n");
    turn(2);
    appendFileSync(on.path("2.log"), "last of 2\n");
    await on.cameSomehow(["first of 1", "last of 1", "first of 2", "last of 2"]);
    await on.stop();
    appendFileSync(on.path("2.log"), "very last of 2\n");
    turn(3);
    await on.start();
    await on.cameSomehow([
      "first of 1",
      "last of 1",
      "first of 2",
      "last of 2",
      "very last of 2",
      "first of 3",
    ]);
  });

  test("a file with several names is one, whichever of them go", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\n");
    linkSync(on.path("a.ndjson"), on.path("b.ndjson"));
    await on.start();
    await on.came("one");
    unlinkSync(on.path("a.ndjson"));
    appendFileSync(on.path("b.ndjson"), "two\n");
    await on.came("one", "two");
    await on.stop();
    linkSync(on.path("b.ndjson"), on.path("c.ndjson"));
    unlinkSync(on.path("b.ndjson"));
    appendFileSync(on.path("c.ndjson"), "three\n");
    await on.start();
    await on.came("one", "two", "three");
  });
});

describe("coming and going", () => {
  test("a file that is truncated under a writer that goes on where it was", async () => {
    const on = createFollower();
    const writer = openSync(on.path("a.ndjson"), "w");
    onTestFinished(() => closeSync(writer));
    writeSync(writer, "one\ntwo\n");
    await on.start();
    await on.came("one", "two");
    copyFileSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
    truncateSync(on.path("a.ndjson"));
    writeSync(writer, "three\n");
    await on.came("one", "two", "three");
    writeSync(writer, "four\n");
    await on.came("one", "two", "three", "four");
  });

  test("a file that is deleted and made anew, again and again", async () => {
    const on = createFollower();
    await on.start();
    const texts: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      writeFileSync(on.path("a.ndjson"), `same\n${n}\n`);
      texts.push("same", String(n));
      await on.came(...texts);
      rmSync(on.path("a.ndjson"));
    }
    expect(new Set(on.items.map(({ seed }) => seed)).size).toBe(20);
  });

  test("a folder that is deleted and made anew", async () => {
    const on = createFollower({ pattern: "events/deep/*.ndjson" });
    for (const text of ["one", "two", "three"]) {
      mkdirSync(on.path("deep"));
      writeFileSync(on.path("deep/a.ndjson"), `${text}\n`);
      if (text === "one") await on.start();
      await expect.poll(() => on.texts().at(-1), { timeout: 20_000 }).toBe(text);
      rmSync(on.path("deep"), { recursive: true });
    }
    expect(on.texts()).toEqual(["one", "two", "three"]);
  });

  test("a folder that was not there when it started again", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\ntwo\n");
    await on.start();
    await on.came("one", "two");
    await on.stop();
    renameSync(`${on.folder}/events`, `${on.folder}/away`);
    await on.start();
    await on.stop();
    await on.start();
    appendFileSync(`${on.folder}/away/a.ndjson`, "three\n");
    renameSync(`${on.folder}/away`, `${on.folder}/events`);
    await on.came("one", "two", "three");
  });

  test("a thousand files under a glob", async () => {
    const on = createFollower({ pattern: "events/**/*.ndjson", pollMs: 200 });
    const names = Array.from({ length: 1000 }, (_, n) => `${n % 10}/${n}.ndjson`);
    for (let n = 0; n < 10; n += 1) mkdirSync(on.path(String(n)));
    for (const name of names) writeFileSync(on.path(name), `first of ${name}\n`);
    await on.start();
    const first = names.map((name) => `first of ${name}`);
    await on.cameSomehow(first);
    await on.stop();
    for (const name of names) appendFileSync(on.path(name), `second of ${name}\n`);
    await on.start();
    const second = names.map((name) => `second of ${name}`);
    await on.cameSomehow([...first, ...second]);
    for (const name of names) appendFileSync(on.path(name), `third of ${name}\n`);
    await on.cameSomehow([...first, ...second, ...names.map((name) => `third of ${name}`)]);
  });
});

describe("permissions", () => {
  /** As somebody to whom permissions mean something. */
  function createPoorFollower(options: FollowerOptions): Follower {
    const on = createFollower(options);
    if (process.getuid?.() !== 0) return on;
    for (const folder of [on.folder, `${on.folder}/events`]) chownSync(folder, 65_534, 65_534);
    process.setegid?.(65_534);
    process.seteuid?.(65_534);
    onTestFinished(() => {
      process.seteuid?.(0);
      process.setegid?.(0);
    });
    return on;
  }

  const told = (problems: readonly unknown[]): string[] =>
    problems.map((problem) => (problem instanceof Error ? problem.message : String(problem)));

  test("a file that may not be read is told of once, and read once it may", async () => {
    const problems: unknown[] = [];
    const on = createPoorFollower({ onProblem: (error) => problems.push(error) });
    writeFileSync(on.path("a.ndjson"), "one\n", { mode: 0 });
    writeFileSync(on.path("b.ndjson"), "other\n");
    await on.start();
    await on.came("other");
    appendFileSync(on.path("b.ndjson"), "more\n");
    await on.came("other", "more");
    expect(told(problems)).toEqual([
      expect.stringMatching(/^cannot read events\/a\.ndjson \(EACCES: .*\); trying again$/),
    ]);
    chmodSync(on.path("a.ndjson"), 0o600);
    await on.came("other", "more", "one");
  });

  test("a file that may not be read when it starts again keeps its position", async () => {
    const on = createPoorFollower({});
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    await on.stop();
    appendFileSync(on.path("a.ndjson"), "two\n");
    chmodSync(on.path("a.ndjson"), 0);
    writeFileSync(on.path("b.ndjson"), "other\n");
    await on.start();
    await on.came("one", "other");
    chmodSync(on.path("a.ndjson"), 0o600);
    await on.came("one", "other", "two");
  });

  test.for([0, 0o444])("a folder of mode %i hides its files, which are not gone", async (mode) => {
    const on = createPoorFollower({ pattern: "events/deep/*.ndjson", settleMs: 10, releaseMs: 20 });
    mkdirSync(on.path("deep"));
    writeFileSync(on.path("deep/a.ndjson"), "one\nopen");
    const other = on.path("deep/b.ndjson");
    await on.start();
    await on.came("one");
    chmodSync(on.path("deep"), mode);
    onTestFinished(() => {
      if (existsSync(on.path("deep"))) chmodSync(on.path("deep"), 0o700);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    chmodSync(on.path("deep"), 0o700);
    writeFileSync(other, "other\n");
    await on.came("one", "other");
    appendFileSync(on.path("deep/a.ndjson"), "ed\n");
    await on.came("one", "other", "opened");
  });
});

import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { createFollower } from "./follower.ts";

const MIB = 1024 * 1024;

describe("reading", () => {
  test("takes what is there, then what is added", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\ntwo\n");
    await on.start();
    await on.came("one", "two");
    appendFileSync(on.path("a.ndjson"), "three\n");
    await on.came("one", "two", "three");
    expect(on.items.map((item) => item.position)).toEqual(
      [0, 4, 8].map((at) => `events/a.ndjson byte ${at}`),
    );
    expect(on.batches[0]?.source).toBe("file:events/a.ndjson");
  });

  const contents: [string, string | Buffer, string[]][] = [
    ["lines ended by CRLF", "one\r\ntwo\r\n", ["one", "two"]],
    ["a byte order mark", "\ufeffone\ntwo\n", ["one", "two"]],
    ["a byte order mark only at the start", "one\n\ufefftwo\n", ["one", "\ufefftwo"]],
    ["blank lines", "\n\none\n \t\r\n\ntwo\n\n", ["one", "two"]],
    ["letters of all kinds", "ü 漢 🙂\n", ["ü 漢 🙂"]],
    ["identical lines", "same\nsame\n", ["same", "same"]],
    ["bytes that are no UTF-8", Buffer.from([0x61, 0xff, 0x62, 10, 0x63, 10]), ["!is not UTF-8", "c"]],
    ["a line of exactly 1 MiB", `${"x".repeat(MIB)}\r\ny\n`, ["x".repeat(MIB), "y"]],
    ["a line of more than 1 MiB", `${"x".repeat(MIB + 1)}\ny\n`, ["!is longer than 1 MiB", "y"]],
    ["a line of many MiB", `a\n${"x".repeat(5 * MIB)}\ny\n`, ["a", "!is longer than 1 MiB", "y"]],
    [
      "two lines that are too long",
      `${"x".repeat(3 * MIB)}\n${"y".repeat(2 * MIB)}\nz\n`,
      ["!is longer than 1 MiB", "!is longer than 1 MiB", "z"],
    ],
  ];
  test.for(contents)("understands %s", async ([, content, texts]) => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), content);
    await on.start();
    await on.came(...texts);
    appendFileSync(on.path("a.ndjson"), "last\n");
    await on.came(...texts, "last");
    expect(new Set(on.items.map((item) => item.seed)).size).toBe(texts.length + 1);
  });

  test("keeps the head of what it rejects", async () => {
    const on = createFollower();
    writeFileSync(
      on.path("a.ndjson"),
      Buffer.concat([Buffer.from("ü".repeat(4000)), Buffer.from([0xff, 10])]),
    );
    await on.start();
    await on.came("!is not UTF-8");
    expect(on.items[0]?.content).toEqual({ rejected: "is not UTF-8", head: "ü".repeat(2048) });
  });

  test("waits for the rest of a line", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\ntw");
    await on.start();
    await on.came("one");
    appendFileSync(on.path("a.ndjson"), "o");
    writeFileSync(on.path("b.ndjson"), "meanwhile\n");
    await on.came("one", "meanwhile");
    appendFileSync(on.path("a.ndjson"), "\n");
    await on.came("one", "meanwhile", "two");
  });

  test("follows every file that the pattern names, and no other", async () => {
    const on = createFollower({ pattern: "events/**/{a,b}*.ndjson" });
    mkdirSync(on.path("deep/er"), { recursive: true });
    writeFileSync(on.path("a.ndjson"), "a\n");
    writeFileSync(on.path("c.ndjson"), "c\n");
    writeFileSync(on.path("a.ndjson.gz"), "gz\n");
    writeFileSync(on.path("deep/er/b1.ndjson"), "b1\n");
    await on.start();
    await on.cameSomehow(["a", "b1"]);
    mkdirSync(on.path("new"));
    writeFileSync(on.path("new/b2.ndjson"), "b2\n");
    await on.cameSomehow(["a", "b1", "b2"]);
    appendFileSync(on.path("new/b2.ndjson"), "more\n");
    await on.cameSomehow(["a", "b1", "b2", "more"]);
  });

  test("starts before there is a folder", async () => {
    const on = createFollower({ pattern: "later/on/a.ndjson" });
    await on.start();
    mkdirSync(`${on.folder}/later/on`, { recursive: true });
    writeFileSync(`${on.folder}/later/on/a.ndjson`, "one\n");
    await on.came("one");
    appendFileSync(`${on.folder}/later/on/a.ndjson`, "two\n");
    await on.came("one", "two");
  });

  test("takes wildcards in the base as names", async () => {
    const on = createFollower();
    const base = `${on.folder}/[x]*`;
    mkdirSync(`${base}/events`, { recursive: true });
    writeFileSync(`${base}/events/a.ndjson`, "one\n");
    const inBase = createFollower({ base });
    await inBase.start();
    await inBase.came("one");
  });

  test("reads a file with two names once", async () => {
    const on = createFollower();
    writeFileSync(on.path("real.log"), "one\n");
    symlinkSync(on.path("real.log"), on.path("a.ndjson"));
    symlinkSync(on.path("real.log"), on.path("b.ndjson"));
    await on.start();
    await on.came("one");
    appendFileSync(on.path("real.log"), "two\n");
    await on.came("one", "two");
  });

  test("hands over bounded batches, one of a file at a time", async () => {
    let [now, most] = [0, 0];
    const on = createFollower({
      before: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now -= 1;
      },
    });
    const lines = Array.from({ length: 2200 }, (_, n) => `line ${n}`);
    writeFileSync(on.path("a.ndjson"), `${lines.join("\n")}\n`);
    await on.start();
    await on.came(...lines);
    expect(Math.max(...on.batches.map((batch) => batch.items.length))).toBe(500);
    expect(most).toBe(1);
  });

  test("tries again what the sink could not take, and says why", async () => {
    const problems: unknown[] = [];
    let refusals = 3;
    const on = createFollower({
      onProblem: (error) => problems.push(error),
      before: () => {
        if (refusals > 0) throw new Error(`refused ${(refusals -= 1)}`);
      },
    });
    writeFileSync(on.path("a.ndjson"), "one\ntwo\n");
    await on.start();
    await on.came("one", "two");
    expect(problems.map(String)).toEqual(["Error: refused 2", "Error: refused 1", "Error: refused 0"]);
  });

  test("stops after the batch that is under way has settled", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let reached = (): void => {};
    const waiting = new Promise<void>((resolve) => (reached = resolve));
    const on = createFollower({
      before: () => {
        reached();
        return held;
      },
    });
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await waiting;
    let stopped = false;
    const stopping = on.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(on.texts()).toEqual(["one"]);
  });
});

describe("rotation and truncation", () => {
  test("by rename: the old file is read to its end, the new one from its start", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    appendFileSync(on.path("a.ndjson"), "two\n");
    renameSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.cameSomehow(["one", "two", "one"]);
    appendFileSync(on.path("a.ndjson.1"), "late\n");
    await on.cameSomehow(["one", "two", "one", "late"]);
    appendFileSync(on.path("a.ndjson"), "three\n");
    await on.cameSomehow(["one", "two", "one", "late", "three"]);
    expect(new Set(on.items.map((item) => item.seed)).size).toBe(5);
  });

  test("by rename to a name that the pattern names too", async () => {
    const on = createFollower({ pattern: "events/a.ndjson*" });
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    renameSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
    writeFileSync(on.path("a.ndjson"), "two\n");
    await on.came("one", "two");
    appendFileSync(on.path("a.ndjson.1"), "late\n");
    await on.came("one", "two", "late");
  });

  test.for(["rename", "delete"] as const)(
    "by %s: a last line without newline is taken once it is quiet",
    async (how) => {
      const on = createFollower();
      writeFileSync(on.path("a.ndjson"), "one\ntwo");
      await on.start();
      await on.came("one");
      if (how === "rename") renameSync(on.path("a.ndjson"), on.path("a.old"));
      else rmSync(on.path("a.ndjson"));
      await on.came("one", "two");
    },
  );

  test("a rotated file is let go, and its position forgotten", async () => {
    const on = createFollower({ releaseMs: 50 });
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    expect([...on.positions.keys()]).toEqual(["file:events/*.ndjson#1", "file:events/*.ndjson#next"]);
    renameSync(on.path("a.ndjson"), on.path("a.old"));
    await expect
      .poll(() => [...on.positions.keys()], { timeout: 20_000 })
      .toEqual(["file:events/*.ndjson#next"]);
  });

  test.for([
    ["shorter", "x\n", ["x"]],
    ["of the same length", "ONE\nTWO\n", ["ONE", "TWO"]],
    ["a little longer", "ONE\nTWO\nx\n", ["ONE", "TWO", "x"]],
    ["longer", "four\nfive\nsix\nseven\n", ["four", "five", "six", "seven"]],
  ] as const)("by truncation and new content, %s", async ([, content, texts]) => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\ntwo\n");
    await on.start();
    await on.came("one", "two");
    writeFileSync(on.path("a.ndjson"), content);
    await on.came("one", "two", ...texts);
    expect(new Set(on.items.map((item) => item.seed)).size).toBe(on.items.length);
  });

  test("by copy and truncation: what was not read yet is read in the copy", async () => {
    let rotate = (): void => {};
    const on = createFollower({ before: () => rotate() });
    const lines = Array.from({ length: 1200 }, (_, n) => `line ${n}`);
    writeFileSync(on.path("a.ndjson"), `${lines.join("\n")}\n`);
    rotate = () => {
      rotate = () => {};
      copyFileSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
      truncateSync(on.path("a.ndjson"));
      appendFileSync(on.path("a.ndjson"), "new\n");
    };
    await on.start();
    await on.cameSomehow([...lines, "new"]);
    await on.stop();
    await on.start();
    appendFileSync(on.path("a.ndjson"), "newer\n");
    await on.cameSomehow([...lines, "new", "newer"]);
  });

  test("by copy and truncation, when the pattern names the copy too", async () => {
    const on = createFollower({ pattern: "events/a.ndjson*", settleMs: 400 });
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    copyFileSync(on.path("a.ndjson"), on.path("a.ndjson.1"));
    appendFileSync(on.path("b.ndjson"), "x");
    truncateSync(on.path("a.ndjson"));
    appendFileSync(on.path("a.ndjson"), "two\n");
    await on.came("one", "two");
    appendFileSync(on.path("a.ndjson.1"), "late\n");
    await on.came("one", "two", "late");
  });

  test("two files that begin alike are two files", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "same\n");
    await on.start();
    await on.came("same");
    writeFileSync(on.path("b.ndjson"), "same\n");
    await on.came("same", "same");
    expect(new Set(on.items.map((item) => item.seed)).size).toBe(2);
  });
});

describe("starting again", () => {
  test("goes on where the sink had acknowledged", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\ntwo\npart");
    await on.start();
    await on.came("one", "two");
    await on.stop();
    appendFileSync(on.path("a.ndjson"), "ial\nthree\n");
    await on.start();
    await on.came("one", "two", "partial", "three");
  });

  test("goes on within a line that is too long", async () => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "x".repeat(2 * MIB));
    await on.start();
    await on.came("!is longer than 1 MiB");
    await on.stop();
    appendFileSync(on.path("a.ndjson"), "xxx\nnext\n");
    await on.start();
    await on.came("!is longer than 1 MiB", "next");
  });

  /** Each happens while nothing is watching, after `one` was read of a.ndjson. */
  const meanwhile: [string, (path: (name: string) => string) => void, string[]][] = [
    [
      "a rotation out of the pattern",
      (path) => {
        appendFileSync(path("a.ndjson"), "two\n");
        renameSync(path("a.ndjson"), path("a.ndjson.1"));
        writeFileSync(path("a.ndjson"), "three\n");
      },
      ["two", "three"],
    ],
    [
      "a rotation, the new file beginning like the old one",
      (path) => {
        renameSync(path("a.ndjson"), path("a.ndjson.1"));
        writeFileSync(path("a.ndjson"), "one\nthree\n");
      },
      ["one", "three"],
    ],
    [
      "a rotation by copy and truncation",
      (path) => {
        appendFileSync(path("a.ndjson"), "two\nlast");
        copyFileSync(path("a.ndjson"), path("a-2026.log"));
        truncateSync(path("a.ndjson"));
        appendFileSync(path("a.ndjson"), "new\n");
      },
      ["two", "last", "new"],
    ],
    ["truncation", (path) => writeFileSync(path("a.ndjson"), "x\n"), ["x"]],
    [
      "other content in the same file",
      (path) => writeFileSync(path("a.ndjson"), "other\nlines\n"),
      ["other", "lines"],
    ],
    [
      "another file of the same name",
      (path) => {
        rmSync(path("a.ndjson"));
        writeFileSync(path("b.tmp"), "other file\n");
        renameSync(path("b.tmp"), path("a.ndjson"));
      },
      ["other file"],
    ],
    [
      "another file of the same name, perhaps of the same inode, that begins alike",
      (path) => {
        rmSync(path("a.ndjson"));
        writeFileSync(path("a.ndjson"), "one\ntwo\n");
      },
      ["one", "two"],
    ],
    ["a new file", (path) => writeFileSync(path("b.ndjson"), "one\n"), ["one"]],
    ["a rename within the pattern", (path) => renameSync(path("a.ndjson"), path("z.ndjson")), []],
    ["deletion", (path) => rmSync(path("a.ndjson")), []],
  ];
  test.for(meanwhile)("after %s", async ([, happen, texts]) => {
    const on = createFollower();
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    await on.stop();
    happen((name) => on.path(name));
    await on.start();
    appendFileSync(on.path("sentinel.ndjson"), "end\n");
    await on.cameSomehow(["one", ...texts, "end"]);
    expect(new Set(on.items.map((item) => item.seed)).size).toBe(on.items.length);
  });

  test("a longer file that was written anew under its name is the same file", async () => {
    const on = createFollower();
    const lines = Array.from({ length: 200 }, (_, n) => `line ${n}`);
    const text = `${lines.join("\n")}\n`;
    writeFileSync(on.path("a.ndjson"), text);
    await on.start();
    await on.came(...lines);
    await on.stop();
    writeFileSync(on.path("a.tmp"), `${text}more\n`);
    renameSync(on.path("a.tmp"), on.path("a.ndjson"));
    await on.start();
    await on.came(...lines, "more");
  });

  test("reads 10,000 lines once each, stopped in the middle", async () => {
    let batches = 0;
    let half = (): void => {};
    const halfway = new Promise<void>((resolve) => (half = resolve));
    const on = createFollower({
      before: () => {
        if ((batches += 1) === 8) half();
      },
    });
    const lines = Array.from({ length: 10_000 }, (_, n) => JSON.stringify({ n }));
    writeFileSync(on.path("a.ndjson"), `${lines.join("\n")}\n`);
    await on.start();
    await halfway;
    await on.stop();
    expect(on.items.length).toBeLessThan(10_000);
    await on.start();
    await on.came(...lines);
  });

  test("a position that makes no sense is passed over", async () => {
    const on = createFollower();
    on.positions.set("file:events/*.ndjson#7", "nonsense");
    on.positions.set("file:events/*.ndjson#next", 8);
    writeFileSync(on.path("a.ndjson"), "one\n");
    await on.start();
    await on.came("one");
    expect(on.items[0]?.seed).toBe("file:events/*.ndjson#8@0");
  });
});

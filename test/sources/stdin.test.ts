import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { createStdinSource } from "../../src/sources/stdin.ts";
import { createCollector } from "../support/collector.ts";
import type { Collector } from "../support/collector.ts";

const MIB = 1024 * 1024;

interface Reading {
  readonly stream: PassThrough;
  readonly problems: unknown[];
  readonly start: () => Promise<() => Promise<void>>;
}

function reading(collector: Collector): Reading {
  const stream = new PassThrough();
  const problems: unknown[] = [];
  return {
    stream,
    problems,
    start: async () => {
      const source = createStdinSource({ stream, onProblem: (error) => problems.push(error), retryMs: 5 });
      await source.start(collector.sink, collector.memory);
      onTestFinished(() => source.stop());
      return () => source.stop();
    },
  };
}

describe("standard input", () => {
  test("is lines as they come, and a last one without newline at the end", async () => {
    const collector = createCollector();
    const { stream, start } = reading(collector);
    await start();
    stream.write("\ufeffone\r\n\ntw");
    await collector.came("one");
    stream.write("o\n");
    await collector.came("one", "two");
    stream.end("three");
    await collector.came("one", "two", "three");
    expect(collector.items.map(({ position }) => position)).toEqual(["byte 0", "byte 9", "byte 13"]);
    expect(new Set(collector.batches.map(({ source }) => source))).toEqual(new Set(["stdin"]));
  });

  test("has lines that are too long, or no UTF-8", async () => {
    const collector = createCollector();
    const { stream, start } = reading(collector);
    await start();
    stream.write("x".repeat(5 * MIB));
    stream.write("\ny\n");
    stream.end(Buffer.from([0x61, 0xff, 10]));
    await collector.came("!is longer than 1 MiB", "y", "!is not UTF-8");
    const [first] = collector.items;
    expect(first?.content).toMatchObject({ head: "x".repeat(4096) });
  });

  test("is not read faster than the sink takes it", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const collector = createCollector(() => held);
    const { stream, start } = reading(collector);
    await start();
    let written = 0;
    const chunk = `${"x".repeat(999)}\n`.repeat(64);
    while (stream.write(chunk) && written < 1000) {
      written += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(1000);
    release();
    await once(stream, "drain");
    stream.end();
    await expect.poll(() => collector.items.length, { timeout: 20_000 }).toBe((written + 1) * 64);
  });

  test("is handed over again when the sink could not take it", async () => {
    let refusals = 2;
    const collector = createCollector(() => {
      if ((refusals -= 1) >= 0) throw new Error("the disk is full");
    });
    const { stream, problems, start } = reading(collector);
    await start();
    stream.end("one\ntwo\n");
    await collector.came("one", "two");
    expect(problems.map(String)).toEqual(["Error: the disk is full", "Error: the disk is full"]);
  });

  test("keeps what was not handed over for whoever reads it next", async () => {
    let refuses = true;
    const collector = createCollector(() => {
      if (refuses) throw new Error("the disk is full");
    });
    const { stream, problems, start } = reading(collector);
    const stop = await start();
    stream.write("one\ntwo\npart");
    await expect.poll(() => problems.length).toBeGreaterThan(0);
    await stop();
    expect(collector.items).toEqual([]);
    refuses = false;
    const stopAgain = await start();
    await collector.came("one", "two");
    await stopAgain();
    stream.end("ial\n");
    await start();
    await collector.came("one", "two", "partial");
  });

  test("gives two runs other seeds, and two identical lines too", async () => {
    const collector = createCollector();
    for (const { stream, start } of [reading(collector), reading(collector)]) {
      await start();
      stream.end("same\nsame\n");
    }
    await collector.came("same", "same", "same", "same");
    expect(new Set(collector.items.map(({ seed }) => seed)).size).toBe(4);
  });

  test("that fails is told of, and ends", async () => {
    const collector = createCollector();
    const { stream, problems, start } = reading(collector);
    const stop = await start();
    stream.write("one\ntwo");
    await collector.came("one");
    stream.destroy(new Error("EIO"));
    await collector.came("one", "two");
    expect(problems.map(String)).toEqual(["Error: EIO"]);
    await stop();
  });
});

test("a process whose input stays open ends all the same", async () => {
  const script = `
    import { createStdinSource } from "${new URL("../../dist/sources/stdin.js", import.meta.url).href}";
    const source = createStdinSource({ stream: process.stdin });
    await source.start(async () => { await Promise.resolve(); setImmediate(() => source.stop()); }, { load: async () => ({}) });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.write("one\n");
  expect(await once(child, "exit")).toEqual([0, null]);
});

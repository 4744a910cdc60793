/** Whatever happens to a file, and whenever the source is stopped: each line comes once. */
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFollower, type Follower } from "./follower.ts";

interface Append {
  /** Of the lines. */
  readonly sizes: readonly number[];
  /** Whether the last one lacks its newline. */
  readonly open: boolean;
}
type Rotation = "rename" | "copy" | "rename and pack" | "copy and pack";
/** A rotation comes right after an append. */
type Step = (Append & { readonly rotate?: Rotation }) | "stop" | "start" | "wait";

const sizes = fc.array(
  fc.oneof({ weight: 20, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.constant(400_000) }),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ sizes, open: fc.boolean() }),
  fc.record({
    sizes,
    open: fc.boolean(),
    rotate: fc.constantFrom<Rotation>("rename", "copy", "rename and pack", "copy and pack"),
  }),
  fc.constantFrom<Step>("stop", "start", "wait"),
);

/** A file that is written to and rotated, and all that must come of it. */
function createWriter(on: Follower) {
  const path = on.path("a.ndjson");
  const lines: string[] = [];
  let [open, written, rotations] = ["", 0, 0];
  writeFileSync(path, "");
  return {
    lines,
    append: (count: readonly number[], leaveOpen: boolean): void => {
      count.forEach((size, at) => {
        const text = `${(written += 1)}:${"x".repeat(size)}`;
        const last = leaveOpen && at === count.length - 1;
        appendFileSync(path, last ? text : `${text}\n`);
        if (last) open += text;
        else {
          lines.push(open + text);
          open = "";
        }
      });
    },
    rotate: (how: Rotation): void => {
      const old = `${path}-${20_260_000 + (rotations += 1)}`;
      if (how.startsWith("rename")) {
        renameSync(path, old);
        writeFileSync(path, "");
      } else {
        copyFileSync(path, old);
        truncateSync(path);
      }
      if (how.endsWith("pack")) {
        writeFileSync(`${old}.gz`, gzipSync(readFileSync(old)));
        unlinkSync(old);
      }
      if (open !== "") lines.push(open);
      open = "";
    },
  };
}

async function play(steps: readonly Step[]): Promise<void> {
  const on = createFollower({ pollMs: 10, settleMs: 15 });
  const writer = createWriter(on);
  let running = false;
  const start = async (): Promise<void> => {
    if (!running) await on.start();
    running = true;
  };
  const stop = async (): Promise<void> => {
    await on.stop();
    running = false;
  };
  for (const one of steps) {
    if (one === "start") await start();
    else if (one === "stop") await stop();
    else if (one === "wait") {
      if (running) await on.cameSomehow(writer.lines);
    } else if (one.rotate === undefined) writer.append(one.sizes, one.open);
    else {
      // What goes before anything was read is left alone; after that, files come and go unseen while nothing runs.
      if (running || on.items.length === 0) {
        const before = running;
        await start();
        writer.append([1], false);
        await on.cameSomehow(writer.lines);
        if (!before) await stop();
      }
      writer.append(one.sizes, one.open);
      writer.rotate(one.rotate);
    }
  }
  if (!running) await on.start();
  await on.cameSomehow(writer.lines);
  await on.stop();
  await on.start();
  writer.append([1, 2], false);
  await on.cameSomehow(writer.lines);
  expect(new Set(on.items.map((item) => item.seed)).size).toBe(on.items.length);
  await on.stop();
}

test("each line comes once", { timeout: 300_000 }, async () => {
  const scripts = fc.array(step, { minLength: 5, maxLength: 30 });
  await fc.assert(fc.asyncProperty(scripts, play), { numRuns: 60, endOnFailure: true });
});

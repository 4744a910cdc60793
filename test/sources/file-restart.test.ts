/** Whatever happens to a file, and whenever the source is stopped: each line comes once. */
import { appendFileSync, copyFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFollower, type Follower } from "./follower.ts";

/** Sizes of lines to append, whether the last one lacks its newline; or what else happens. */
type Step =
  | { readonly sizes: readonly number[]; readonly open: boolean }
  | "rename"
  | "copy"
  | "stop"
  | "start"
  | "wait";

const sizes = fc.array(
  fc.oneof({ weight: 20, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.constant(400_000) }),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ sizes, open: fc.boolean() }),
  fc.constantFrom<Step>("rename", "copy", "stop", "start", "wait"),
);

/** A file that is written to and rotated, and all that must come of it. */
function createWriter(on: Follower) {
  const path = on.path("a.ndjson");
  const lines: string[] = [];
  let [open, written, rotations] = ["", 0, 0];
  writeFileSync(path, "");
  return {
    lines,
    /** Whether something stands in the file that the source has read. */
    seen: () => lines.length > 0 && on.texts().includes(lines.at(-1) ?? ""),
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
    rotate: (how: "rename" | "copy"): void => {
      const old = `${path}.${(rotations += 1)}`;
      if (how === "rename") {
        renameSync(path, old);
        writeFileSync(path, "");
      } else {
        copyFileSync(path, old);
        truncateSync(path);
      }
      if (open !== "") lines.push(open);
      open = "";
    },
  };
}

async function play(steps: readonly Step[]): Promise<void> {
  const on = createFollower({ pollMs: 10, settleMs: 15 });
  const writer = createWriter(on);
  let [running, fresh] = [false, true];
  for (const one of steps) {
    if (typeof one === "object") writer.append(one.sizes, one.open);
    else if (one === "wait" || one === "start" || one === "stop") {
      if (one === "stop") await on.stop();
      if (one === "start" && !running) await on.start();
      running = one === "start" || (one === "wait" && running);
      if (one === "wait" && running) {
        await on.cameSomehow(writer.lines);
        fresh = false;
      }
    } else if (!fresh && writer.seen()) {
      // A file that came and went between two looks was never there for us: only what was seen is rotated.
      writer.rotate(one);
      fresh = true;
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

/** What every event source promises, whatever it reads. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { EventSource, SourceBatch } from "../../src/sources/contract.ts";
import { createCollector } from "../support/collector.ts";

/** One origin of events, which any number of sources may read in turn. */
export interface SourceOrigin {
  /** Adds these as one candidate event each. */
  feed(...texts: string[]): Promise<void>;
  /** A source that has not been started; waits as little as it can before it tries again. */
  open(onProblem: (error: unknown) => void): EventSource;
}

const named = (count: number, what = "event"): string[] =>
  Array.from({ length: count }, (_, n) => `${what} ${n}`);

/** `missing` says why it cannot be tried here. */
export function sourceConformance(name: string, origin: () => Promise<SourceOrigin>, missing?: string): void {
  const title = `${name} keeps the promises of a source${missing === undefined ? "" : `: ${missing}`}`;
  describe.skipIf(missing !== undefined)(title, () => {
    const begin = async (source: EventSource, { sink, memory }: ReturnType<typeof createCollector>) => {
      await source.start(sink, memory);
      onTestFinished(() => source.stop());
    };

    test("hands over each event once, in order, under a seed of its own", async () => {
      const on = await origin();
      const collector = createCollector();
      await on.feed(...named(700, "early"), "same", "same");
      await begin(
        on.open(() => {}),
        collector,
      );
      await on.feed(...named(50, "late"));
      await collector.came(...named(700, "early"), "same", "same", ...named(50, "late"));
      expect(new Set(collector.items.map(({ seed }) => seed)).size).toBe(752);
      expect(Math.max(...collector.batches.map(({ items }) => items.length))).toBeLessThanOrEqual(500);
      for (const { position } of collector.items) expect(position).not.toBe("");
    });

    test("waits for the sink, and stops once the last batch has settled", async () => {
      const on = await origin();
      let [under, most] = [0, 0];
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const collector = createCollector(async () => {
        under += 1;
        most = Math.max(most, under);
        await held;
        under -= 1;
      });
      const source = on.open(() => {});
      await begin(source, collector);
      await on.feed("one");
      await expect.poll(() => under, { timeout: 20_000 }).toBe(1);
      await on.feed("two");
      let stopped = false;
      const stopping = source.stop().then(() => (stopped = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(stopped).toBe(false);
      release();
      await stopping;
      expect(collector.texts()[0]).toBe("one");
      expect([under, most]).toEqual([0, 1]);
      const settled = collector.items.length;
      await on.feed("three");
      await new Promise((resolve) => setImmediate(resolve));
      expect(collector.items.length).toBe(settled);
    });

    test("goes on where the last one stopped, with nothing twice", async () => {
      const on = await origin();
      const collector = createCollector();
      const all: string[] = [];
      for (let n = 0; n < 4; n += 1) {
        const source = on.open(() => {});
        all.push(...named(20, `run ${n}`));
        await begin(source, collector);
        await on.feed(...named(20, `run ${n}`));
        await collector.came(...all);
        await source.stop();
        all.push(`between ${n}`);
        await on.feed(`between ${n}`);
      }
      await begin(
        on.open(() => {}),
        collector,
      );
      await collector.came(...all);
    });

    test("tells of a sink that fails, and hands the same over again", async () => {
      const on = await origin();
      const problems: unknown[] = [];
      const handed: SourceBatch[] = [];
      const collector = createCollector((batch) => {
        handed.push(batch);
        if (handed.length <= 3) throw new Error(`failure ${handed.length}`);
      });
      await on.feed("one", "two");
      await begin(
        on.open((error) => problems.push(error)),
        collector,
      );
      await collector.cameSomehow(["one", "two"]);
      expect(problems.map(String).slice(0, 3)).toEqual([1, 2, 3].map((n) => `Error: failure ${n}`));
      const seeds = handed.flatMap(({ items }) => items.map(({ seed }) => seed));
      expect(new Set(seeds).size).toBe(2);
    });

    test("stops while its sink fails, and loses nothing by it", async () => {
      const on = await origin();
      let problems = 0;
      const source = on.open(() => (problems += 1));
      const broken = createCollector(() => {
        throw new Error("never");
      });
      await on.feed("one", "two");
      await begin(source, broken);
      await expect.poll(() => problems, { timeout: 20_000 }).toBeGreaterThan(1);
      await source.stop();
      const collector = createCollector();
      await begin(
        on.open(() => {}),
        collector,
      );
      await collector.cameSomehow(["one", "two"]);
    });

    test("has the same name every time, and stops without having started", async () => {
      const on = await origin();
      expect(on.open(() => {}).name).toBe(on.open(() => {}).name);
      await on.open(() => {}).stop();
    });
  });
}

import { describe, expect, it } from "vitest";
import { shareLookups, systemResolve } from "../../src/lib/resolve.ts";
import type { ResolvedAddress } from "../../src/lib/resolve.ts";

/** Lookups that end when the test says so. */
function manual() {
  const open = new Map<string, { answer: () => void; fail: () => void }>();
  const asked: string[] = [];
  const resolve = (name: string): Promise<readonly ResolvedAddress[]> =>
    new Promise((done, fail) => {
      asked.push(name);
      open.set(name, {
        answer: () => (open.delete(name), done([{ address: "192.0.2.1", family: 4 }])),
        fail: () => (open.delete(name), fail(new Error("no answer"))),
      });
    });
  return { resolve, asked, open };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("lookups", () => {
  it("of one name at the same time are one, and a later one is another", async () => {
    const { resolve, asked, open } = manual();
    const shared = shareLookups(resolve);
    const both = Promise.all([shared("a"), shared("a"), shared("b")]);
    expect(asked).toEqual(["a", "b"]);
    open.forEach(({ answer }) => answer());
    await both;
    const again = shared("a");
    expect(asked).toEqual(["a", "b", "a"]);
    open.get("a")?.fail();
    await expect(again).rejects.toThrow("no answer");
  });

  it("of names that were slow wait for one another, and nobody waits for them", async () => {
    const { resolve, asked, open } = manual();
    const shared = shareLookups(resolve, 0);
    const first = ["dead1", "dead2", "dead3"].map((name) => shared(name).catch(() => "failed"));
    open.forEach(({ fail }) => fail());
    await Promise.all(first);
    asked.length = 0;
    const second = ["dead1", "dead2", "dead3"].map((name) => shared(name).catch(() => "failed"));
    const good = shared("good");
    await settle();
    expect(asked.toSorted()).toEqual(["dead1", "good"]);
    open.get("good")?.answer();
    await good;
    for (const name of ["dead1", "dead2", "dead3"]) {
      expect([...open.keys()]).toEqual([name]);
      open.get(name)?.fail();
      await settle();
    }
    expect(await Promise.all(second)).toEqual(["failed", "failed", "failed"]);
  });

  it("of a name that is quick again wait for nobody any more", async () => {
    const { resolve, asked, open } = manual();
    const shared = shareLookups(resolve, Infinity);
    for (const name of ["a", "b", "a", "b"]) {
      const found = shared(name);
      open.get(name)?.answer();
      await found;
    }
    const both = Promise.all([shared("a"), shared("b")]);
    expect(asked.slice(-2)).toEqual(["a", "b"]);
    open.forEach(({ answer }) => answer());
    await both;
  });

  it("of this machine's own name find the loopback", async () => {
    const found = await systemResolve("localhost");
    expect(found.map(({ address }) => address)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]),
    );
  });
});

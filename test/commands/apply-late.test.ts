/** What is checked before an apply waits for the lock is checked again when it has it; files wait for nobody's lock. */
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openFileState } from "../../src/state/file.ts";
import { cli, declare, freshProject, path, pending, read, save } from "../support/saved-plans.ts";
import { SEVEN_KINDS } from "../support/seven-kinds.ts";

freshProject();
afterEach(() => void vi.useRealTimers());

describe("a saved plan that waits for the lock", () => {
  /** Applies while somebody holds the lock, who does `meanwhile` and lets go once all of them wait. */
  async function waiting(applies: number, meanwhile: () => void): Promise<{ code: number; err: string }[]> {
    const held = await openFileState(path(".bellhop/state.json")).lock({ operation: "test", waitMs: 0 });
    let seen = 0;
    let allWait = (): void => undefined;
    const all = new Promise<void>((resolve) => (allWait = resolve));
    const watch = (text: string): void => {
      if (text.includes("waiting for") && (seen += 1) === applies) allWait();
    };
    const runs = Array.from({ length: applies }, () => cli("apply plan.json --lock-timeout 1h", { watch }));
    await Promise.race([all, Promise.all(runs)]);
    meanwhile();
    await held.release();
    return Promise.all(runs);
  }

  test("is refused when it has expired by then", async () => {
    await pending();
    await save("plan --out plan.json --expires-in 1m");
    const before = await read(".bellhop/store.json");
    const [late] = await waiting(1, () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 }));
    expect(late).toMatchObject({ code: 6, err: expect.stringContaining("it has expired, at") });
    expect(await read(".bellhop/store.json")).toBe(before);
  });

  test("is applied once by two", async () => {
    await pending();
    await save();
    const both = await waiting(2, () => undefined);
    expect(both.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 6]);
    expect(both.find(({ code }) => code === 6)?.err).toContain("the state has been written since");
  });
});

describe("a file that cannot be written", () => {
  test.for(["/proc/nope/x", "notifications.yaml/x", "folder"])(
    "is told before anything is done: %s",
    async (name) => {
      await declare(SEVEN_KINDS);
      await mkdir(path("folder"));
      const { code, out, err } = await cli(`apply --yes --output json=${name}`);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("cannot be written");
      expect(err).toContain("check the path given with --output");
      expect(existsSync(path(".bellhop"))).toBe(false);
      expect((await cli(`plan --output json=${name}`)).code).toBe(1);
      expect((await cli(`plan --out ${name}`)).code).toBe(1);
      expect((await cli(`destroy --yes --output json=${name}`)).err).toContain("cannot be written");
    },
  );

  test("folders are made, and what is there stays where nothing is applied", async () => {
    await declare(SEVEN_KINDS);
    await writeFile(path("old.json"), "old");
    const refused = await cli("apply --output json=old.json --output json=new.json --lock-timeout 0s", {
      answers: ["no"],
    });
    expect(refused.code).toBe(1);
    expect(await read("old.json")).toBe("old");
    expect(existsSync(path("new.json"))).toBe(false);
    expect((await cli("apply --yes --output json=a/b/c.json")).code).toBe(0);
    expect(JSON.parse(await read("a/b/c.json")).outcome.applied).toBe(7);
  });

  test("is written when the lock is free again", async () => {
    await declare(SEVEN_KINDS);
    const printed: boolean[] = [];
    const lock = path(".bellhop/state.json.lock");
    const pipe = path("pipe");
    execFileSync("sh", ["-c", 'mkfifo "$0"', pipe]);
    const applied = cli(`apply --yes --output json=${pipe}`, {
      watch: (text) => text.includes("Applied") && printed.push(existsSync(lock)),
    });
    // Nobody reads: what waits for a reader keeps nobody else waiting.
    await vi.waitFor(() => expect([printed, existsSync(lock)]).toEqual([[true], false]), 20_000);
    let text = "";
    for await (const chunk of createReadStream(pipe)) text += String(chunk);
    expect((await applied).code).toBe(0);
    expect(JSON.parse(text).outcome.applied).toBe(7);
  });
});

/** What every state store promises (src/state/contract.ts). */
import { describe, expect, test } from "vitest";
import type { InventoryEntry, JournalEntry, StateData, StateStore } from "../../src/state/contract.ts";
import { emptyState } from "../../src/state/empty.ts";

const inventoryEntry = (key: string): InventoryEntry => ({
  key,
  kind: "acme/hook",
  target: "house",
  remoteId: `id-${key}`,
  protect: false,
  onRemove: "delete",
  applied: { name: key, tags: ["a"], "options.note": null },
  secrets: { url: "0".repeat(64) },
  version: "2026-01-02T03:04:05.678Z",
  references: ["other"],
});

const first = emptyState();

/** Of one lineage; its serial is the number of its keys. */
export const stateWith = (...keys: string[]): StateData => ({
  ...first,
  serial: keys.length,
  inventory: Object.fromEntries(keys.map((key) => [key, inventoryEntry(key)])),
});

/** A creation that is about to be made. */
export function intentOf(key: string): JournalEntry & { readonly type: "intent" } {
  const { remoteId: _, version: __, ...entry } = inventoryEntry(key);
  const { kind, target } = entry;
  return { type: "intent", intent: { id: `1.${key}`, op: "create", key, kind, target, entry } };
}

const request = { operation: "bellhop apply", waitMs: 0 };

/** `create` answers with how to open one new, empty state again and again. */
export function stateConformance(name: string, create: () => Promise<() => StateStore>): void {
  describe(`${name} keeps the promises of a state`, () => {
    test("there is none at first, and reading makes none", async () => {
      const open = await create();
      expect(await open().read()).toBeUndefined();
      expect(await open().read()).toBeUndefined();
    });

    test("what is written is read, by others too", async () => {
      const open = await create();
      const store = open();
      const state = stateWith("b", "a");
      await store.write(state);
      expect(await store.read()).toEqual(state);
      expect(await open().read()).toEqual(state);
    });

    test("a later write takes the place of an earlier one", async () => {
      const open = await create();
      const one = open();
      await one.write(stateWith("a"));
      await open().write(stateWith("a", "b"));
      expect(await one.read()).toEqual(stateWith("a", "b"));
    });

    test("members that this version does not know survive", async () => {
      const open = await create();
      const future = { ...stateWith("a"), notes: [{ id: 1 }] };
      await open().write(future);
      expect(await open().read()).toEqual(future);
    });

    test.for<[string, StateData, StateData]>([
      ["the same serial", stateWith("a"), stateWith("b")],
      ["an older serial", stateWith("a", "b"), stateWith("c")],
      ["another lineage", stateWith("a"), { ...stateWith("a", "b"), lineage: "another" }],
    ])("%s overwrites nothing, unless it is told to", async ([, there, next]) => {
      const open = await create();
      await open().write(there);
      await expect(open().write(next)).rejects.toMatchObject({ code: "state-moved" });
      expect(await open().read()).toEqual(there);
      await open().write(next, { overwrite: true });
      expect(await open().read()).toEqual(next);
    });

    test("the journal is folded in: open calls, outcomes, removals", async () => {
      const open = await create();
      const store = open();
      await store.write(stateWith("a"));
      await store.append([intentOf("b"), intentOf("c")]);
      await Promise.all([
        store.append([{ type: "done", id: "1.b", remoteId: "id-b" }]),
        store.append([{ type: "dropped", key: "a", kind: "acme/hook", target: "house", remoteId: "id-a" }]),
      ]);
      const found = await open().read();
      const { version: _, ...made } = inventoryEntry("b");
      expect(found).toMatchObject({ serial: 1, inventory: { b: made }, pending: [intentOf("c").intent] });
      expect(Object.keys(found?.inventory ?? {})).toEqual(["b"]);
    });

    test("a write empties the journal, and a new journal does not bring the old one back", async () => {
      const open = await create();
      const store = open();
      await store.write(stateWith("a"));
      await store.append([intentOf("b")]);
      await store.write(stateWith("a", "z"));
      expect(await store.read()).toEqual(stateWith("a", "z"));
      expect(store.hasJournal()).toBe(false);
      await store.append([intentOf("c")]);
      const reader = open();
      expect((await reader.read())?.pending).toEqual([intentOf("c").intent]);
      expect(reader.hasJournal()).toBe(true);
    });

    test("many entries at once keep their order", async () => {
      const open = await create();
      const store = open();
      await store.write(stateWith("a"));
      const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
      await Promise.all(keys.map((key) => store.append([intentOf(key)])));
      expect((await open().read())?.pending?.map(({ key }) => key)).toEqual(keys);
    });

    test("one holder of the lock at a time; the second learns who the first is", async () => {
      const open = await create();
      const held = await open().lock(request);
      const { info } = held;
      expect(info).toMatchObject({ operation: "bellhop apply", pid: process.pid });
      await expect(open().lock(request)).rejects.toMatchObject({
        code: "state-locked",
        message: expect.stringContaining(
          `bellhop apply by ${info.who} (process ${process.pid}) since ${info.created}`,
        ),
        hint: expect.stringContaining(`bellhop state unlock ${info.id}`),
      });
      await held.release();
      await (await open().lock(request)).release();
    });

    test("a lock is waited for, and the waiting is told", async () => {
      const open = await create();
      const held = await open().lock(request);
      const notes: string[] = [];
      const waiting = open().lock({
        operation: "bellhop destroy",
        waitMs: 30_000,
        onNote: (note) => {
          notes.push(note);
          void held.release();
        },
      });
      await (await waiting).release();
      expect(notes).toEqual([expect.stringContaining(`bellhop apply by ${held.info.who}`)]);
    });

    test("the holder writes and reads while it holds", async () => {
      const open = await create();
      const store = open();
      const lock = await store.lock(request);
      await store.write(stateWith("a"));
      await store.append([intentOf("b")]);
      await lock.release();
      expect(await open().read()).toMatchObject({ serial: 1, pending: [{ key: "b" }] });
    });

    test("unlocking takes the lock by its id only", async () => {
      const open = await create();
      await expect(open().unlock("nothing")).rejects.toMatchObject({ code: "not-found" });
      const { info } = await open().lock(request);
      await expect(open().unlock("wrong")).rejects.toMatchObject({ code: "state-locked" });
      expect(await open().unlock(info.id)).toMatchObject({ id: info.id, who: info.who });
      await (await open().lock(request)).release();
    });
  });
}

/** What every state store promises (src/state/contract.ts). */
import { describe, expect, test } from "vitest";
import type { InventoryEntry, StateData, StateStore } from "../../src/state/contract.ts";
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

export const stateWith = (...keys: string[]): StateData => ({
  ...emptyState(),
  serial: keys.length,
  inventory: Object.fromEntries(keys.map((key) => [key, inventoryEntry(key)])),
});

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

    test("the last write wins", async () => {
      const open = await create();
      const first = open();
      await first.write(stateWith("a"));
      const second = stateWith("a", "b");
      await open().write(second);
      expect(await first.read()).toEqual(second);
    });

    test("members that this version does not know survive", async () => {
      const open = await create();
      const future = { ...stateWith("a"), journal: [{ id: 1 }] };
      await open().write(future);
      expect(await open().read()).toEqual(future);
    });
  });
}

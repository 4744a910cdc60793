/** What every store promises (src/store/contract.ts). */
import { describe, expect, onTestFinished, test } from "vitest";
import type { StoreRecord } from "../../src/model/record.ts";
import { Secret, reveal } from "../../src/model/secret.ts";
import type { Store } from "../../src/store/contract.ts";
import { record } from "../support/acme-record.ts";

export interface StoreFixture {
  /** Opens what is shared by all of one fixture; every call another connection, as of another process. */
  readonly open: () => Store;
}

/** `create` makes a new, empty store. `acme/hook` has a secret `url`. */
export function storeConformance(name: string, create: () => Promise<StoreFixture>): void {
  const opened = async (): Promise<StoreFixture> => {
    const fixture = await create();
    return {
      open: () => {
        const store = fixture.open();
        onTestFinished(() => store.close());
        return store;
      },
    };
  };
  const add = (store: Store, ...records: StoreRecord[]): Promise<void> =>
    store.write((all) => void all.push(...records));

  describe(`${name} keeps the promises of a store`, () => {
    test("it starts empty, and reading makes nothing", async () => {
      const { open } = await opened();
      expect(await open().read()).toEqual([]);
      expect(await open().read()).toEqual([]);
    });

    test("what is written is read, by others too, in order of creation", async () => {
      const { open } = await opened();
      const store = open();
      await add(store, record("b"), record("a", { scope: "s" }));
      await add(store, record("c"));
      const expected = [record("b"), record("a", { scope: "s" }), record("c")];
      expect(await store.read()).toEqual(expected);
      expect(await open().read()).toEqual(expected);
    });

    test("a record without a key stays without one", async () => {
      const { open } = await opened();
      const { key: _, ...keyless } = record("a");
      await add(open(), keyless);
      expect(await open().read()).toEqual([keyless]);
    });

    test("secrets come back as secrets, whoever reads", async () => {
      const { open } = await opened();
      await add(open(), record("a", { spec: { name: "a", url: new Secret("https://a.example/s3cret") } }));
      const [read] = await open().read();
      const url = read?.spec["url"];
      expect(url).toBeInstanceOf(Secret);
      expect(url instanceof Secret && reveal(url)).toBe("https://a.example/s3cret");
    });

    test("write answers with what the change answers", async () => {
      const { open } = await opened();
      expect(await open().write((all) => all.length)).toBe(0);
    });

    test("a change that throws changes nothing, and the next one works", async () => {
      const { open } = await opened();
      const store = open();
      await add(store, record("a"));
      const broken = store.write((all) => {
        all.length = 0;
        throw new Error("no");
      });
      await expect(broken).rejects.toThrow("no");
      expect(await store.read()).toEqual([record("a")]);
      await add(store, record("b"));
      expect(await open().read()).toEqual([record("a"), record("b")]);
    });

    test("records are replaced and removed", async () => {
      const { open } = await opened();
      const store = open();
      await add(store, record("a"), record("b"));
      await store.write((all) => void all.splice(0, 2, record("b", { spec: { name: "other" } })));
      expect(await open().read()).toEqual([record("b", { spec: { name: "other" } })]);
    });

    test("writers do not lose each other's changes", async () => {
      const { open } = await opened();
      const stores = [open(), open(), open()];
      const names = Array.from({ length: 30 }, (_, index) => `r${index}`);
      await Promise.all(names.map((name, index) => add(stores[index % 3] ?? open(), record(name))));
      expect((await open().read()).map(({ id }) => id).toSorted()).toEqual(names.toSorted());
    });

    test("a watcher hears of its own writes and of others', until it stops", async () => {
      const { open } = await opened();
      const store = open();
      const other = open();
      await store.read();
      let heard = 0;
      let wake = (): void => undefined;
      const stop = store.watch(() => {
        heard += 1;
        wake();
      });
      const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
      let waiting = next();
      await add(store, record("a"));
      await waiting;
      waiting = next();
      await add(other, record("b"));
      await waiting;
      expect(await store.read()).toHaveLength(2);
      stop();
      const before = heard;
      await add(store, record("c"));
      expect(heard).toBe(before);
    });
  });
}

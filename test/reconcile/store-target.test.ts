import { join } from "node:path";
import { expect, test } from "vitest";
import { concealWith } from "../../src/model/conceal.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Target } from "../../src/model/target.ts";
import { storeTarget } from "../../src/reconcile/store-target.ts";
import type { Store } from "../../src/store/contract.ts";
import { openFileStore } from "../../src/store/file.ts";
import { targetConformance } from "../conformance/target.ts";
import { kinds } from "../support/acme.ts";
import { memoryTarget } from "../support/memory-target.ts";
import { tempDir } from "../support/temp.ts";

const spec = (name: string): { name: string; url: Secret } => ({
  name,
  url: new Secret(`https://h.example/${name}`),
});

async function newStore(): Promise<Store> {
  return openFileStore({ file: join(await tempDir(), "store.json"), conceal: concealWith(kinds) });
}

function targetOver(store: Store, scope = "", now?: () => Date): Target {
  const newId = (_kind: string, _spec: unknown, taken: ReadonlySet<string>): string => `id-${taken.size}`;
  return storeTarget({ store, scope, newId, ...(now === undefined ? {} : { now }) });
}

targetConformance("a store target", async () => ({
  target: targetOver(await newStore()),
  kind: "acme/hook",
  spec,
}));

targetConformance("the target in memory that tests use", () =>
  Promise.resolve({ target: memoryTarget(), kind: "acme/hook", spec }),
);

test("everything that is asked in one turn is one write", async () => {
  const store = await newStore();
  let writes = 0;
  const counted: Store = { ...store, write: (change) => ((writes += 1), store.write(change)) };
  const target = targetOver(counted);
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}`);
  await Promise.all(
    names.map((name) => target.create("acme/hook", spec(name), { key: name, confirm: true })),
  );
  expect(writes).toBe(1);
  expect(await store.read()).toHaveLength(1000);
});

test("an update keeps what identifies the record, and moves its time even when the clock does not", async () => {
  const store = await newStore();
  const target = targetOver(store, "", () => new Date("2026-01-01T00:00:00Z"));
  const { remoteId } = await target.create("acme/hook", spec("a"), { key: "a", confirm: false });
  const [made] = await store.read();
  await target.update("acme/hook", remoteId, spec("b"), { key: "renamed", confirm: true });
  const [updated] = await store.read();
  expect(updated).toEqual({
    ...made,
    key: "renamed",
    spec: spec("b"),
    updatedAt: "2026-01-01T00:00:00.001Z",
  });
});

test("scopes and kinds do not see each other", async () => {
  const store = await newStore();
  const one = targetOver(store, "one");
  const two = targetOver(store, "two");
  const made = await one.create("acme/hook", spec("a"), { key: "a", confirm: true });
  expect(await two.list(["acme/hook"])).toEqual([]);
  expect(await one.list(["acme/route"])).toEqual([]);
  expect(await two.read("acme/hook", made.remoteId)).toBeUndefined();
  await two.remove("acme/hook", made.remoteId);
  expect(await one.list(["acme/hook"])).toEqual([made]);
});

test("an object tells its key and a version that moves with every write", async () => {
  const target = targetOver(await newStore());
  const made = await target.create("acme/hook", spec("a"), { key: "a", confirm: true });
  const updated = await target.update("acme/hook", made.remoteId, spec("a"), { key: "a", confirm: true });
  expect(made.key).toBe("a");
  expect(updated.version).not.toBe(made.version);
});

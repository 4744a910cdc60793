/** What every target promises (src/model/target.ts). */
import { describe, expect, test } from "vitest";
import type { Kind } from "../../src/model/field.ts";
import type { Target } from "../../src/model/target.ts";
import type { Fields } from "../../src/model/value.ts";

export interface TargetFixture {
  readonly target: Target;
  readonly kind: Kind;
  /** Normalised; each call another name. */
  readonly spec: (name: string) => Fields;
  /** What is observed of a spec: what the target never gives back left out. */
  readonly visible?: (spec: Fields) => Fields;
}

const owner = (key: string): { key: string; confirm: boolean } => ({ key, confirm: true });

/** `create` makes a new, empty target. */
export function targetConformance(name: string, create: () => Promise<TargetFixture>): void {
  describe(`${name} keeps the promises of a target`, () => {
    test("it starts empty", async () => {
      const { target, kind } = await create();
      expect(await target.list([kind])).toEqual([]);
      expect(await target.read(kind, "nothing")).toBeUndefined();
    });

    test("creating answers with the object as it then is", async () => {
      const { target, kind, spec, visible = (all) => all } = await create();
      const made = await target.create(kind, spec("one"), owner("one"));
      expect(made).toMatchObject({ kind, fields: visible(spec("one")) });
      expect(await target.read(kind, made.remoteId)).toEqual(made);
      expect(await target.list([kind])).toEqual([made]);
      expect(await target.list([])).toEqual([]);
    });

    test("every object has an id of its own", async () => {
      const { target, kind, spec } = await create();
      const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
      const made = await Promise.all(names.map((each) => target.create(kind, spec(each), owner(each))));
      expect(new Set(made.map(({ remoteId }) => remoteId)).size).toBe(20);
      expect(await target.list([kind])).toHaveLength(20);
    });

    test("updating replaces the whole spec and keeps the id", async () => {
      const { target, kind, spec, visible = (all) => all } = await create();
      const { remoteId } = await target.create(kind, spec("one"), owner("one"));
      const other = await target.create(kind, spec("two"), owner("two"));
      const updated = await target.update(kind, remoteId, spec("three"), owner("one"));
      expect(updated).toMatchObject({ remoteId, fields: visible(spec("three")) });
      expect(await target.read(kind, remoteId)).toEqual(updated);
      expect(await target.read(kind, other.remoteId)).toEqual(other);
    });

    test("updating what is gone says not-found, and spoils nothing that is asked at the same time", async () => {
      const { target, kind, spec } = await create();
      const [gone, made] = await Promise.allSettled([
        target.update(kind, "gone", spec("one"), owner("one")),
        target.create(kind, spec("two"), owner("two")),
      ]);
      expect(gone).toMatchObject({ status: "rejected", reason: { code: "not-found" } });
      expect(made.status).toBe("fulfilled");
      expect(await target.list([kind])).toHaveLength(1);
    });

    test("removing removes; removing what is gone is success", async () => {
      const { target, kind, spec } = await create();
      const { remoteId } = await target.create(kind, spec("one"), owner("one"));
      await target.remove(kind, remoteId);
      await target.remove(kind, remoteId);
      expect(await target.read(kind, remoteId)).toBeUndefined();
      expect(await target.list([kind])).toEqual([]);
    });
  });
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeId, encodeId, firstIdAt, nextId, timeOfId } from "../../src/lib/ids.ts";

const times = fc.integer({ min: 0, max: 2 ** 42 - 1 });

test("an id's text leads back to it, in either case, and sorts alike", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect([decodeId(encodeId(a)), decodeId(encodeId(a).toLowerCase())]).toEqual([a, a]);
      expect(Math.sign(a - b)).toBe(encodeId(a) < encodeId(b) ? -1 : Number(encodeId(a) > encodeId(b)));
    }),
  );
});

test("ids rise whatever the clock does, and tell their time", () => {
  fc.assert(
    fc.property(fc.array(times, { minLength: 1 }), (clock) => {
      let last = 0;
      for (const now of clock) {
        const id = nextId(last, now);
        expect(id).toBeGreaterThan(last);
        expect(timeOfId(id)).toBe(Math.max(now, timeOfId(last + 1)));
        last = id;
      }
    }),
  );
});

test("the first id of a millisecond is the least of it", () => {
  expect(timeOfId(firstIdAt(1000))).toBe(1000);
  expect(timeOfId(firstIdAt(1000) - 1)).toBe(999);
  expect(firstIdAt(999.5)).toBe(firstIdAt(1000));
  expect(firstIdAt(-1)).toBe(0);
});

test.for(["", "x", "0000000000", "000000000000", "0000000000U", "ZZZZZZZZZZZ", "0000000000!"])(
  "%j is no id",
  (text) => {
    expect(decodeId(text)).toBeUndefined();
  },
);

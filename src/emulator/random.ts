/** Chance that can be repeated: ids and faults are the same from run to run when a seed is given. */
import { randomBytes } from "node:crypto";
import type { Ids } from "../providers/emulator-contract.ts";

/** The next number, from 0 up to but not including 1. */
export type Random = () => number;

/** Mulberry32 when there is a seed, the system's own randomness when there is none. */
export function createRandom(seed: number | undefined): Random {
  if (seed === undefined) return () => randomBytes(4).readUInt32BE() / 0x1_0000_0000;
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export function createIds(random: Random): Ids {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
  return {
    hex,
    uuid: () => {
      const variant = (8 + Math.floor(random() * 4)).toString(16);
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
  };
}

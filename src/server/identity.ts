/** How a daemon shows that it is the one that daemon.json speaks of, before anybody sends it a token. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** `key` stands in daemon.json, which only its owner can read; whoever answers must know it without having been told. */
export const proofOf = (key: string, nonce: string): string =>
  createHmac("sha256", key).update(nonce).digest("hex");

/** Whether the proof was made with the key, for this nonce. */
export function isProof(proof: unknown, key: string, nonce: string): boolean {
  const expected = Buffer.from(proofOf(key, nonce));
  const given = Buffer.from(typeof proof === "string" ? proof : "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

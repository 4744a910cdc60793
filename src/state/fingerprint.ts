/**
 * Keyed fingerprints: they tell whether a secret is the one that was applied last, and give nothing away to whoever does not have the
 * state's key.
 */
import { createHmac } from "node:crypto";

/** The whole fingerprint of a secret at a field of an integration, in hex. */
export type Fingerprint = (key: string, path: string, plain: string) => string;

/** `stateKey` is StateData.fingerprintKey. */
export function fingerprintWith(stateKey: string): Fingerprint {
  const bytes = Buffer.from(stateKey, "base64");
  return (key, path, plain) =>
    createHmac("sha256", bytes)
      .update(JSON.stringify([key, path, plain]))
      .digest("hex");
}

/** The form that is printed: 8 hex digits. */
export const shortFingerprint = (fingerprint: string): string => fingerprint.slice(0, 8);

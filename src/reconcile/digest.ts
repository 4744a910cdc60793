/** What tells two plans apart. */
import { digestJson } from "../lib/canonical-json.ts";
import type { Change } from "../model/plan.ts";

/**
 * SHA-256 in hex over the changes alone: the same from run to run. Where a block stands in the file is left out, since
 * moving it changes nothing that would be done.
 */
export const planDigest = (changes: readonly Change[]): string =>
  digestJson(changes.map((change) => ({ ...change, source: undefined })));

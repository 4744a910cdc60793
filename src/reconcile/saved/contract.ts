/**
 * A saved plan: a plan with everything that it was made from, so that what is applied is what was reviewed. It holds no secret and may
 * be published. docs/plan.md describes the file, schemas/plan.schema.json its members.
 */
import { AppError, ExitCode } from "../../model/errors.ts";
import type { Plan } from "../../model/plan.ts";

/** Where a target is, and as whom it is spoken to. */
export interface Account {
  readonly name: string;
  readonly provider: string;
  /** URL of the API without user and parameters, or the store relative to the main file. */
  readonly place: string;
  readonly scope: string | null;
  /** Keyed fingerprint of the credentials; null where there are none, or none were known. */
  readonly credentials: string | null;
}

/**
 * What a seal is keyed with. `state`: the state's fingerprint key. `credentials`: before the first apply, the credentials of the
 * APIs. `none`: before the first apply of a project without APIs nothing secret is at hand, and a seal only shows accidents.
 */
export type SealKey = "state" | "credentials" | "none";

export interface Seal {
  readonly key: SealKey;
  /** Base64 of 16 random bytes, where the key is derived from credentials. */
  readonly salt: string | null;
  /** SHA-256 over everything else, in hex. */
  readonly checksum: string;
  /** HMAC-SHA-256 over the checksum, in hex; null without a key. */
  readonly mac: string | null;
}

/** Members in the order of the file. */
export interface SavedPlan extends Plan {
  readonly tool: { readonly name: "bellhop"; readonly version: string };
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly config: { readonly digest: string };
  /** Null before the first apply. */
  readonly state: { readonly lineage: string; readonly serial: number } | null;
  /** Every target of the configuration, sorted by name. */
  readonly targets: readonly Account[];
  /** Keyed digest of everything that would be sent, secrets included; null without a key. */
  readonly values: string | null;
  readonly seal: Seal;
}

/** A plan file that is not applied, and why: `why` follows "the plan FILE is refused: ". */
export class Refusal extends Error {
  readonly hint: string;

  constructor(why: string, hint: string) {
    super(why);
    this.name = "Refusal";
    this.hint = hint;
  }
}

export const AGAIN = "make a new plan with bellhop plan --out, and have that one reviewed";

/** A refusal as the failure of a command. */
export const refused = (file: string, refusal: Refusal): AppError =>
  new AppError("plan-refused", `the plan ${file} is refused: ${refusal.message}`, {
    hint: refusal.hint,
    exitCode: ExitCode.planRefused,
  });

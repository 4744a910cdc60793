/** Makes a plan into a file. Pure but for the random salt. */
import type { Config } from "../../model/config.ts";
import type { SessionPlan } from "../session.ts";
import { sealedText } from "./file.ts";
import { accounts, sealKey, valuesOf } from "./key.ts";

export interface SaveOptions {
  readonly config: Pick<Config, "targets" | "file" | "digest">;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly lifetimeMs: number;
}

/** The text of the file. */
export function savedPlanText(made: SessionPlan, options: SaveOptions): string {
  const { config, version, now, lifetimeMs } = options;
  const { plan, steps, state } = made;
  const { digest, summary, changes, kept, blocked, unknown } = plan;
  const key = sealKey(config, state);
  return sealedText(
    {
      formatVersion: 1,
      tool: { name: "bellhop", version },
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + lifetimeMs).toISOString(),
      config: { digest: config.digest },
      state: state === undefined ? null : { lineage: state.lineage, serial: state.serial },
      targets: accounts(config, key),
      values: valuesOf(steps, key),
      digest,
      summary,
      changes,
      kept,
      blocked,
      unknown,
    },
    key,
  );
}

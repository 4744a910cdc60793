/** daemon.json, by which commands find a daemon, and whether the one that it speaks of is there. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { isAlive, processSpace } from "../lib/process-space.ts";
import { isProof } from "../server/identity.ts";

export interface DaemonEntry {
  readonly url: string;
  readonly pid: number;
  /** See processSpace. */
  readonly space?: string;
  /** What only this daemon and those who can read its file know. */
  readonly key: string;
  /** Absolute path of the file that holds its outbox. */
  readonly database?: string;
}

/** Undefined where there is no such file, or nothing of use in it. */
export async function readDaemonFile(dataDir: string): Promise<DaemonEntry | undefined> {
  try {
    const entry: unknown = JSON.parse(await readFile(path.join(dataDir, "daemon.json"), "utf8"));
    if (typeof entry !== "object" || entry === null) return undefined;
    const fields: Readonly<Record<string, unknown>> = { ...entry };
    const { url, pid, key, space, database } = fields;
    if (typeof url !== "string" || typeof key !== "string") return undefined;
    return {
      url,
      pid: Number(pid),
      key,
      ...(typeof space === "string" ? { space } : {}),
      ...(typeof database === "string" ? { database: path.resolve(dataDir, database) } : {}),
    };
  } catch {
    return undefined;
  }
}

const PROBE_MS = 2000;

/**
 * A daemon.json that a killed daemon left behind names a port where nobody answers, or somebody else: then there is none. `silent` is
 * one whose process lives and whose port keeps whoever asks waiting.
 */
export async function probe({ url, key, pid, space }: DaemonEntry): Promise<"none" | "silent" | "here"> {
  const nonce = randomBytes(16).toString("hex");
  const late = AbortSignal.timeout(PROBE_MS);
  try {
    const answer = await fetch(`${url}/healthz?nonce=${nonce}`, { signal: late, redirect: "error" });
    const reply: unknown = await answer.json();
    const proof = typeof reply === "object" && reply !== null && "proof" in reply ? reply.proof : undefined;
    return answer.ok && isProof(proof, key, nonce) ? "here" : "none";
  } catch {
    return late.aborted && livesHere(pid, space) ? "silent" : "none";
  }
}

/** The id of another container's process means nothing here. */
const livesHere = (pid: number, space: string | undefined): boolean =>
  space === processSpace() && Number.isSafeInteger(pid) && pid > 0 && isAlive(pid);

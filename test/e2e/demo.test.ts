/** `npm run demo`, as a newcomer runs it. */
import { spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");

function run(script: string): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

describe("the demo", () => {
  it("delivers at least one event for every integration, finds nothing to do afterwards, and ends", async () => {
    const { code, out, err } = await run("scripts/demo/run.ts");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Applied: 10 created.");
    expect(out).toMatch(/No changes: everything is as declared\.\s*$/);
    const receivers = out
      .slice(out.indexOf("RECEIVER"))
      .split("\n")
      .filter((line) => line.startsWith("/"));
    expect(receivers).toHaveLength(9);
    // One is the confirmation of the new integration.
    for (const line of receivers) expect(Number(line.split(/\s+/)[1])).toBeGreaterThanOrEqual(2);
    expect(out).toMatch(/^origin-health\s+cloudflare\/policy\s+edge\s+ok\s+1 /m);
    expect(out).not.toMatch(/demo-(northflank|qovery|cloudflare)-secret|whsec_/);
  });
});

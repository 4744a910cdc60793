/** What only processes can show: locks, crashes, and that the built files run without tsx. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { accepted, batchOf, owed } from "../conformance/outbox/fixtures.ts";
import { useFolder } from "./folder.ts";

const root = new URL("../../", import.meta.url).pathname;
const folder = useFolder();
const open = (path: string, mode: "exclusive" | "shared"): ReturnType<typeof openSqliteOutbox> =>
  openSqliteOutbox({ path, mode });

/** Starts a child, reads `lines` lines, kills it without warning, and answers with all that it had printed. */
async function killAfter(
  path: string,
  task: string,
  lines: number,
): Promise<{ pid: number; printed: string[] }> {
  const child = spawn(process.execPath, ["--import", "tsx", "test/outbox/daemon-child.ts", path, task], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed: string[] = [];
  const reader = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the child ended by itself")));
    reader.on("line", (line) => {
      if (printed.push(line) === lines) resolve();
    });
  });
  child.removeAllListeners("exit");
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
  return { pid: child.pid ?? 0, printed };
}

describe("a daemon", () => {
  test("is refused by name when another has the outbox, until that one closes", async () => {
    const path = folder.path("twice.db");
    const first = await open(path, "exclusive");
    const second = open(path, "exclusive");
    await expect(second).rejects.toMatchObject({
      code: "outbox-in-use",
      message: expect.stringMatching(new RegExp(`pid ${process.pid} on .* since \\d{4}-.*Z$`)),
    });
    await first.accept(batchOf([accepted("e1", [owed("a")])]));
    await first.close();
    const third = await open(path, "exclusive");
    expect(await third.event("e1")).toBeDefined();
    await third.close();
  });

  test("is refused while another process has the outbox, and not after that was killed", async () => {
    const path = folder.path("killed.db");
    const child = spawn(process.execPath, ["--import", "tsx", "test/outbox/daemon-child.ts", path, "claim"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface(child.stdout), "line");
    await expect(open(path, "exclusive")).rejects.toMatchObject({
      code: "outbox-in-use",
      message: expect.stringContaining(`pid ${child.pid}`),
    });
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    await (await open(path, "exclusive")).close();
  });

  test("leaves the outbox open to the command line, which sees and adds", async () => {
    const path = folder.path("shared.db");
    const daemon = await open(path, "exclusive");
    const command = await open(path, "shared");
    await daemon.accept(batchOf([accepted("e1", [owed("a")])]));
    expect((await command.deliveries({})).deliveries).toMatchObject([{ eventId: "e1", status: "pending" }]);
    expect(await daemon.nextDue()).toBeDefined();
    await command.accept(
      batchOf([accepted("e1", [owed("a")]), accepted("e2", [owed("b", { integration: "new" })])]),
    );
    const now = Date.now() + 1000;
    const claimed = await daemon.claim({ now, limit: 10, perIntegration: 10, skip: [] });
    expect(claimed.map((one) => [one.event.id, one.delivery.integration])).toEqual([
      ["e1", "key-a"],
      ["e2", "new"],
    ]);
    expect(await command.counts()).toEqual({ a: { delivering: 1 }, b: { delivering: 1 } });
    const late = await open(path, "shared");
    expect(await late.counts()).toEqual({ a: { delivering: 1 }, b: { delivering: 1 } });
    await Promise.all([late.close(), command.close(), daemon.close()]);
  });

  test("that is killed while accepting has kept all that it acknowledged, whole", async () => {
    const path = folder.path("accepting.db");
    const { printed } = await killAfter(path, "accept", 400);
    const outbox = await open(path, "exclusive");
    const { accepted: a, duplicates } = await outbox.accept(
      batchOf(printed.map((id) => accepted(id, [owed("c")]))),
    );
    expect([a, duplicates.toSorted()]).toEqual([0, printed.toSorted()]);
    const counts = await outbox.counts();
    expect(counts["a"]).toEqual(counts["b"]);
    const claimed = await outbox.claim({ now: Date.now() + 1000, limit: 1e6, perIntegration: 1e6, skip: [] });
    const ids = new Set(claimed.map((one) => one.event.id));
    expect(claimed).toHaveLength(ids.size * 2);
    for (const lane of [0, 1, 2, 3]) {
      const numbers = [...ids].filter((id) => id.startsWith(`${lane}-`)).map((id) => Number(id.slice(2)));
      expect(await outbox.position(`lane ${lane}`)).toBe(Math.max(...numbers));
    }
    await outbox.close();
  });

  test("takes up what a killed one was delivering, at once and with no attempt counted", async () => {
    const path = folder.path("delivering.db");
    const { printed } = await killAfter(path, "claim", 1);
    const command = await open(path, "shared");
    expect(await command.counts()).toEqual({ a: { delivering: 1, pending: 1 } });
    await command.close();
    const outbox = await open(path, "exclusive");
    expect(await outbox.counts()).toEqual({ a: { pending: 2 } });
    const [claimed] = await outbox.claim({ now: Date.now(), limit: 1, perIntegration: 1, skip: [] });
    expect(claimed?.delivery).toMatchObject({ id: printed[0], attempts: 0 });
    await outbox.close();
  });
});

test("the built files run on their own", () => {
  const dist = folder.path("built");
  mkdirSync(dist);
  symlinkSync(`${root}node_modules`, `${dist}/node_modules`);
  writeFileSync(`${dist}/package.json`, '{ "type": "module" }');
  const config = {
    extends: `${root}tsconfig.build.json`,
    compilerOptions: {
      rootDir: `${root}src`,
      outDir: `${dist}/dist`,
      typeRoots: [`${root}node_modules/@types`],
    },
    files: [`${root}src/outbox/sqlite/client.ts`, `${root}src/outbox/sqlite/thread.ts`],
    include: [],
  };
  writeFileSync(`${dist}/tsconfig.json`, JSON.stringify(config));
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", `${dist}/tsconfig.json`]);
  const script = `
    import { openSqliteOutbox } from "./dist/outbox/sqlite/client.js";
    const outbox = await openSqliteOutbox({ path: process.argv[2], mode: "exclusive" });
    await outbox.setHealth({ integrationUid: "a", disabled: false, numberOfFailedRequests: 7, warned: 0, confirmed: true });
    console.log((await outbox.allHealth())[0].numberOfFailedRequests, (await outbox.deliveries({})).next);
    await outbox.close();`;
  writeFileSync(`${dist}/run.js`, script);
  const output = execFileSync(process.execPath, [`${dist}/run.js`, folder.path("built.db")], {
    encoding: "utf8",
  });
  expect(output).toBe("7 null\n");
});

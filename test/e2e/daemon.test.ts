/** The daemon as a process of its own: what it promises across stops, kills and restarts. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { startDaemonProcess } from "../support/daemon-process.ts";
import { EGRESS_TO_LOOPBACK } from "../support/loopback.ts";

let folder = "";
const closers: (() => Promise<unknown> | void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bellhop-daemon-"));
  mkdirSync(path.join(folder, "events"));
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
});

interface Receiver {
  readonly url: string;
  /** How often each event id came. */
  readonly counts: Map<string, number>;
  /** Resolves once that many different ids have come. */
  until(count: number): Promise<void>;
}

async function receiver(): Promise<Receiver> {
  const counts = new Map<string, number>();
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const { id, type } = JSON.parse(body) as { id: string; type: string };
      if (type !== "bellhop:confirm") counts.set(id, (counts.get(id) ?? 0) + 1);
      response.end();
      for (const check of waiting) check();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () => void server.close(),
    () => server.closeAllConnections(),
  );
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    counts,
    until: (count) =>
      new Promise((resolve) => {
        const check = (): void => (counts.size >= count ? resolve() : undefined);
        waiting.push(check);
        check();
      }),
  };
}

function configure(url: string): void {
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
  all:
    kind: bellhop/integration
    spec: { name: All, type: RAW_WEBHOOK, webhook: "${url}/all", events: ["*"] }
daemon:
  listen: 127.0.0.1:0
  sources: [{ file: events/*.ndjson }]
  ${EGRESS_TO_LOOPBACK}
`,
  );
}

const line = (id: number): string =>
  `${JSON.stringify({ specversion: "1.0", id: `e${id}`, source: "/test", type: "com.example.t", data: { n: id } })}\n`;

interface Running {
  readonly url: string;
  /** Ends it and answers with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function start(): Promise<Running> {
  const daemon = await startDaemonProcess(folder, "info");
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    daemon.signal(signal);
    return daemon.ended;
  };
  // Before its folder goes.
  closers.push(() => end("SIGKILL"));
  return { url: daemon.url, end };
}

describe("the daemon", () => {
  it("delivers each of 10,000 events exactly once although it is stopped in the middle of the file", async () => {
    const target = await receiver();
    configure(target.url);
    const file = path.join(folder, "events/all.ndjson");
    for (let id = 0; id < 10_000; id += 1) appendFileSync(file, line(id));
    const first = await start();
    await target.until(1500);
    expect(await first.end("SIGTERM")).toBe(0);
    const before = target.counts.size;
    expect(before).toBeLessThan(10_000);
    const second = await start();
    await target.until(10_000);
    expect(await second.end("SIGTERM")).toBe(0);
    expect(target.counts.size).toBe(10_000);
    expect([...target.counts].filter(([, count]) => count !== 1)).toEqual([]);
  });

  it("sends what was in flight at a kill again, and loses nothing", async () => {
    const target = await receiver();
    configure(target.url);
    const file = path.join(folder, "events/all.ndjson");
    for (let id = 0; id < 3000; id += 1) appendFileSync(file, line(id));
    const first = await start();
    await target.until(500);
    await first.end("SIGKILL");
    const second = await start();
    await target.until(3000);
    expect(await second.end("SIGTERM")).toBe(0);
    expect(target.counts.size).toBe(3000);
    const again = [...target.counts].filter(([, count]) => count > 1);
    expect(again.length).toBeLessThanOrEqual(128);
    expect(again.every(([, count]) => count === 2)).toBe(true);
  });

  it("follows the file while it runs, and what the command line hands over", async () => {
    const target = await receiver();
    configure(target.url);
    const daemon = await start();
    appendFileSync(path.join(folder, "events/new.ndjson"), line(1));
    await target.until(1);
    const emitted = await runCli(["emit", "com.example.t", "--id", "by-hand", "--format", "json"], {
      cwd: folder,
    });
    expect(JSON.parse(emitted.out)).toEqual({ id: "by-hand", duplicate: false, deliveries: 1 });
    await target.until(2);
    const tested = await runCli(["test", "all"], { cwd: folder });
    expect(tested).toMatchObject({ code: 0, out: "all: delivered (answered 200)\n" });
    const list = await runCli(["deliveries", "list", "--event", "by-hand", "--format", "json"], {
      cwd: folder,
    });
    expect(JSON.parse(list.out)).toMatchObject({
      deliveries: [{ integration: "all", event: { id: "by-hand", type: "com.example.t" } }],
      next: null,
    });
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
    expect(await daemon.end("SIGTERM")).toBe(0);
    expect(existsSync(path.join(folder, ".bellhop/daemon.json"))).toBe(false);
  });

  it("does not start, and gives nothing up, while a store cannot be read", async () => {
    configure("http://127.0.0.1:1");
    const daemon = await start();
    appendFileSync(path.join(folder, "events/all.ndjson"), line(1));
    const owed = async (): Promise<unknown> => {
      const list = await runCli(["deliveries", "list", "--event", "e1", "--format", "json"], { cwd: folder });
      return JSON.parse(list.out);
    };
    await expect.poll(owed).toMatchObject({ deliveries: [{ status: "pending", attempts: 1 }] });
    expect(await daemon.end("SIGTERM")).toBe(0);
    const store = path.join(folder, ".bellhop/store.json");
    const whole = readFileSync(store);
    writeFileSync(store, whole.subarray(0, 50));
    for (const command of ["daemon", "emit"]) {
      const refused = await runCli(command === "emit" ? ["emit", "t"] : ["daemon"], { cwd: folder });
      expect(refused.code).toBe(1);
      expect(refused.err).toMatch(/error: the store .* cannot be read/);
    }
    expect(await owed()).toMatchObject({ deliveries: [{ status: "pending", attempts: 1 }] });
    writeFileSync(store, whole);
    const again = await start();
    expect(await again.end("SIGTERM")).toBe(0);
  });

  it("reads on behind a line that is nested too deeply", async () => {
    const target = await receiver();
    configure(target.url);
    const daemon = await start();
    const deep = `{"specversion":"1.0","id":"deep","type":"t","data":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    appendFileSync(path.join(folder, "events/all.ndjson"), `${deep}\n${line(2)}`);
    await target.until(1);
    const refused = await fetch(`${daemon.url}/api/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: deep,
    });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ rejected: [{ reason: "nested deeper than 500 levels" }] });
    expect(await daemon.end("SIGTERM")).toBe(0);
  });

  it("keeps its files to their owner, and refuses a second daemon on the same database", async () => {
    const target = await receiver();
    configure(target.url);
    const daemon = await start();
    const second = await runCli(["daemon"], { cwd: folder });
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/in use by the daemon with pid \d+/);
    for (const name of ["store.json", "state.json", "bellhop.db", "daemon.json"]) {
      expect([name, (statSync(path.join(folder, ".bellhop", name)).mode & 0o777).toString(8)]).toEqual([
        name,
        "600",
      ]);
    }
    expect(readFileSync(path.join(folder, ".bellhop/state.json"), "utf8")).not.toContain(target.url);
    expect(await daemon.end("SIGTERM")).toBe(0);
  });

  it("refuses to listen beyond this machine without a token", async () => {
    configure("http://127.0.0.1:1");
    const refused = await runCli(["daemon", "--listen", "0.0.0.0:0"], { cwd: folder });
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/0\.0\.0\.0:0 is reachable from outside.*\n\s+hint: set daemon\.token/);
    writeFileSync(path.join(folder, "open.yaml"), "version: 1\ndaemon: { listen: 0.0.0.0:0 }\n");
    const validated = await runCli(["validate", "-f", "open.yaml"], { cwd: folder });
    expect(validated).toMatchObject({ code: 1 });
    expect(validated.out + validated.err).toMatch(/error\[open-without-token\] open\.yaml:2:19/);
  });

  it.for(["nonsense", "127.0.0.1", "127.0.0.1:70000", ""])(
    "takes --listen %j for wrong usage",
    async (at) => {
      configure("http://127.0.0.1:1");
      const refused = await runCli(["daemon", "--listen", at], { cwd: folder });
      expect(refused).toMatchObject({ code: 64, out: "" });
      expect(refused.err).toContain(`--listen ${at} is not host:port`);
    },
  );
});

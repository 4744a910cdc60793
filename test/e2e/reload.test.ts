/** A daemon whose configuration changes while it runs, and one that is told to stop while it delivers. */
import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../support/cli.ts";
import { startDaemonProcess } from "../support/daemon-process.ts";
import type { DaemonProcess } from "../support/daemon-process.ts";
import { EGRESS_TO_LOOPBACK } from "../support/loopback.ts";
import { listen } from "../support/receiver.ts";
import { tempDir } from "../support/temp.ts";

const event = (id: string): string =>
  JSON.stringify({ specversion: "1.0", id, source: "/test", type: "com.example.t", data: {} });

interface Parts {
  readonly keys?: readonly string[];
  readonly sources?: string;
  readonly more?: string;
}

/** Written beside and renamed over, as an editor does it. */
async function configure(folder: string, receiver: string, parts: Parts): Promise<void> {
  const { keys = ["one"], sources = "{ file: events/a.ndjson }", more = EGRESS_TO_LOOPBACK } = parts;
  const integrations = keys.map(
    (key) =>
      `  ${key}: { kind: bellhop/integration, manage: { confirm: false }, spec: { name: ${key}, type: RAW_WEBHOOK, webhook: "${receiver}/${key}", retry: { schedule: [0s, ${Array.from({ length: 49 }, () => "1s").join(", ")}] } } }\n`,
  );
  const text = `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
${integrations.join("")}daemon:
  listen: 127.0.0.1:0
  sources: [${sources}]
  ${more}
`;
  await writeFile(path.join(folder, ".new"), text);
  await rename(path.join(folder, ".new"), path.join(folder, "notifications.yaml"));
}

/** Ids by path. */
async function collecting(): Promise<{
  readonly url: string;
  readonly got: (path: string) => readonly string[];
}> {
  const got = new Map<string, string[]>();
  const url = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const known = got.get(request.url ?? "") ?? [];
      got.set(request.url ?? "", [...known, (JSON.parse(body) as { id: string }).id]);
      response.end();
    });
  });
  return { url, got: (at) => got.get(at) ?? [] };
}

const post = (daemon: DaemonProcess, at: string, id: string): Promise<Response> =>
  fetch(daemon.url + at, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: event(id),
  });

interface Status {
  readonly integrations: readonly { readonly name: string }[];
  readonly config: {
    readonly error: { readonly message: string } | null;
    readonly restart: readonly string[];
  };
}
const statusOf = async (daemon: DaemonProcess): Promise<Status> =>
  (await (await fetch(`${daemon.url}/api/status`)).json()) as Status;

const PATIENT = { timeout: 20_000 };

test("integrations, sources and settings come and go, and nothing is lost meanwhile", async () => {
  const folder = await tempDir();
  await mkdir(path.join(folder, "events"));
  const { url, got } = await collecting();
  const append = (file: string, id: string) =>
    appendFile(path.join(folder, "events", file), `${event(id)}\n`);
  await configure(folder, url, {});
  const daemon = await startDaemonProcess(folder);
  await append("a.ndjson", "a1");
  await expect.poll(() => got("/one"), PATIENT).toEqual(["a1"]);

  // An integration and two sources more; the source that stays reads on.
  const sources = "{ file: events/a.ndjson }, { file: events/b.ndjson }, { http: /in }";
  await append("b.ndjson", "b1");
  await configure(folder, url, { keys: ["one", "two"], sources });
  await expect.poll(() => got("/one"), PATIENT).toContain("b1");
  await expect.poll(async () => (await post(daemon, "/in", "h1")).status, PATIENT).toBe(202);
  const names = async () => (await statusOf(daemon)).integrations.map(({ name }) => name);
  await expect.poll(names, PATIENT).toEqual(["one", "two"]);
  await append("a.ndjson", "a2");
  await expect.poll(() => got("/two"), PATIENT).toContain("a2");

  // A broken file is told once, and changes nothing.
  await configure(folder, url, { sources: "{ flie: x }" });
  await expect
    .poll(async () => (await statusOf(daemon)).config.error?.message, PATIENT)
    .toContain("notifications.yaml:8:15: ");
  // Whoever looks is told so, and is shown what there is all the same.
  const looked = await runCli(["status"], { cwd: folder });
  expect(looked.err).toContain("error[unknown-key] notifications.yaml:8:15: ");
  expect(looked.out).toMatch(/the files have been wrong since .*: notifications\.yaml:8:15: /);
  const listed = await runCli(["deliveries", "list", "--integration", "one"], { cwd: folder });
  expect([looked.code, listed.code]).toEqual([0, 0]);
  expect(listed.out).toContain("delivered");
  await append("b.ndjson", "b2");
  await expect.poll(() => got("/two"), PATIENT).toContain("b2");
  daemon.signal("SIGHUP");
  await expect
    .poll(() => daemon.log().some(({ msg }) => msg.startsWith("asked to read")), PATIENT)
    .toBe(true);
  await post(daemon, "/in", "h2");

  // One integration, two sources and the way to the receiver go.
  await configure(folder, url, { sources: "{ file: events/a.ndjson }", more: "" });
  const noEvent = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  await expect.poll(async () => (await fetch(`${daemon.url}/in`, noEvent)).status, PATIENT).toBe(404);
  expect((await statusOf(daemon)).config.error).toBeNull();
  await append("a.ndjson", "a3");
  const refused = () => daemon.log().some((line) => JSON.stringify(line).includes("egress-refused"));
  await expect.poll(refused, PATIENT).toBe(true);
  await configure(folder, url, {});
  await expect.poll(() => got("/one"), PATIENT).toContain("a3");

  expect(daemon.log().filter(({ msg }) => msg.startsWith("the configuration is wrong"))).toHaveLength(1);
  expect(got("/one").toSorted()).toEqual(["a1", "a2", "a3", "b1", "b2", "h1", "h2"]);
  daemon.signal("SIGTERM");
  expect(await daemon.ended).toBe(0);
});

test("a new address needs a restart, which the status says", async () => {
  const folder = await tempDir();
  await configure(folder, "http://127.0.0.1:9", {});
  const daemon = await startDaemonProcess(folder);
  await configure(folder, "http://127.0.0.1:9", { more: "database: other.db" });
  await expect
    .poll(async () => (await statusOf(daemon)).config.restart, PATIENT)
    .toEqual(["daemon.database"]);
  daemon.signal("SIGTERM");
  expect(await daemon.ended).toBe(0);
});

/** A receiver that answers only when it is told to. */
async function holding() {
  const waiting: ServerResponse[] = [];
  const url = await listen((_request, response) => void waiting.push(response));
  return { url, waiting };
}

test("SIGTERM takes nothing more, waits for what is in flight, and exits with 0", async () => {
  const folder = await tempDir();
  const { url, waiting } = await holding();
  await configure(folder, url, { sources: "{ http: /in }" });
  const daemon = await startDaemonProcess(folder);
  await post(daemon, "/in", "e1");
  await expect.poll(() => waiting.length, PATIENT).toBe(1);
  daemon.signal("SIGTERM");
  await expect.poll(async () => (await fetch(`${daemon.url}/readyz`)).status, PATIENT).toBe(503);
  const refused = await post(daemon, "/in", "e2");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
  waiting[0]?.end();
  expect(await daemon.ended).toBe(0);
  expect(waiting).toHaveLength(1);
  const messages = daemon.log().map(({ msg }) => msg);
  expect(messages.indexOf("delivered")).toBeGreaterThan(messages.indexOf("stopping"));
});

test("a second SIGTERM ends it at once", async () => {
  const folder = await tempDir();
  const { url, waiting } = await holding();
  await configure(folder, url, { sources: "{ http: /in }" });
  const daemon = await startDaemonProcess(folder);
  await post(daemon, "/in", "e1");
  await expect.poll(() => waiting.length, PATIENT).toBe(1);
  daemon.signal("SIGTERM");
  await expect.poll(() => daemon.log().some(({ msg }) => msg === "stopping"), PATIENT).toBe(true);
  daemon.signal("SIGTERM");
  expect(await daemon.ended).toBeNull();
});

/** A configuration that is broken while a daemon goes on with the last good one: whoever looks, or hands something over, goes on too. */
import { appendFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { runCli } from "../support/cli.ts";
import type { CliResult } from "../support/cli.ts";
import { startDaemonProcess } from "../support/daemon-process.ts";
import type { DaemonProcess } from "../support/daemon-process.ts";
import { EGRESS_TO_LOOPBACK } from "../support/loopback.ts";
import { listen } from "../support/receiver.ts";
import { tempDir } from "../support/temp.ts";

const PATIENT = { timeout: 20_000 };

interface Here {
  readonly folder: string;
  readonly file: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
}

/** One integration, `deploys`, and a database that is not where it is by default. */
async function folderWith(more = ""): Promise<Here> {
  const folder = await tempDir();
  const url = await listen((request, response) => {
    request.resume().on("end", () => response.end());
  });
  const file = path.join(folder, "notifications.yaml");
  await writeFile(
    file,
    `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
  deploys: { kind: bellhop/integration, manage: { confirm: false }, spec: { name: deploys, type: RAW_WEBHOOK, webhook: "${url}/" } }
daemon:
  listen: 127.0.0.1:0
  database: elsewhere.db
  ${EGRESS_TO_LOOPBACK}
${more}`,
  );
  return { folder, file, run: (...args) => runCli(args, { cwd: folder }) };
}

const errorOf = async (daemon: DaemonProcess): Promise<unknown> =>
  ((await (await fetch(`${daemon.url}/api/status`)).json()) as { config: { error: unknown } }).config.error;

const parse = (text: string): unknown => JSON.parse(text);

async function deliveredOnce(here: Here): Promise<string> {
  const listed = async () => {
    const { out } = await here.run("deliveries", "list", "--format", "json");
    return (parse(out) as { deliveries: { id: string; status: string }[] }).deliveries;
  };
  await expect.poll(async () => (await listed())[0]?.status, PATIENT).toBe("delivered");
  return (await listed())[0]?.id ?? "";
}

test("with a file that is no YAML, every data command goes by what the daemon has", async () => {
  const here = await folderWith();
  const daemon = await startDaemonProcess(here.folder);
  expect((await here.run("emit", "com.example.t", "--id", "e1")).code).toBe(0);
  const id = await deliveredOnce(here);
  await appendFile(here.file, "foo: [\n");
  await expect.poll(() => errorOf(daemon), PATIENT).not.toBeNull();

  for (const args of [
    ["status"],
    ["deliveries", "list"],
    ["deliveries", "show", id],
    ["deliveries", "resend", id],
    ["deliveries", "recover", "deploys"],
    ["events", "list"],
    ["events", "show", "e1"],
    ["test", "deploys"],
    ["emit", "com.example.t", "--id", "e2"],
  ]) {
    const { code, err } = await here.run(...args);
    expect([args.join(" "), code, err]).toEqual([args.join(" "), 0, expect.anything()]);
    expect(err).toContain("error[yaml-syntax] notifications.yaml:");
    expect(err).toMatch(
      /the configuration cannot be used as it is; going by what the daemon with pid \d+ has\n$/,
    );
  }

  const { out } = await here.run("status");
  expect(out).toMatch(/^deploys +bellhop\/integration +house +ok/m);
  expect(out).toMatch(/the files have been wrong since .*: notifications\.yaml:/);
  const { out: json } = await here.run("status", "--format", "json");
  expect(parse(json)).toMatchObject({
    integrations: [{ key: "deploys", kind: "bellhop/integration", target: "house", exists: true }],
    daemon: { url: daemon.url, answers: true },
  });
  expect((await here.run("test", "nobody")).err).toContain("error: no store has an integration nobody");

  daemon.signal("SIGTERM");
  expect(await daemon.ended).toBe(0);
});

test("status lists what the daemon serves, and not what a wrong file declares", async () => {
  const here = await folderWith();
  const good = await readFile(here.file, "utf8");
  const daemon = await startDaemonProcess(here.folder);
  await writeFile(here.file, good.replace("  deploys:", "  another:").replace("database:", "databose:"));
  await expect.poll(() => errorOf(daemon), PATIENT).not.toBeNull();
  const { code, out, err } = await here.run("status");
  expect([code, err]).toEqual([0, expect.stringContaining("error[unknown-key]")]);
  expect(out).toMatch(/^deploys /m);
  expect(out).not.toContain("another");
});

test("the token is taken from what can still be read, and asked for where it cannot", async () => {
  const here = await folderWith("  token: sesame\n");
  const good = await readFile(here.file, "utf8");
  const daemon = await startDaemonProcess(here.folder);
  await writeFile(here.file, `${good}nonsense: 1\n`);
  const emitted = await here.run("emit", "com.example.t", "--id", "e1");
  expect([emitted.code, emitted.out]).toEqual([0, `e1: 1 delivery handed to the daemon at ${daemon.url}\n`]);

  await writeFile(here.file, `${good}foo: [\n`);
  const refused = await here.run("emit", "com.example.t", "--id", "e2");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("the daemon needs its token, and this configuration gives none");
  expect(refused.err).toContain("mend it");
  const seen = await here.run("status");
  expect(seen.code).toBe(0);
  expect(seen.out).toContain("the daemon needs its token");
  expect(seen.out).toMatch(/^deploys /m);
  expect((await here.run("deliveries", "list")).out).toContain("com.example.t");
});

test("a variable that only this shell lacks stops nobody whom the daemon serves", async () => {
  const here = await folderWith();
  vi.stubEnv("ONLY_THERE", "deploys");
  onTestFinished(() => void vi.unstubAllEnvs());
  const good = await readFile(here.file, "utf8");
  await writeFile(here.file, good.replace("name: deploys", 'name: "${env:ONLY_THERE}"'));
  const daemon = await startDaemonProcess(here.folder);
  expect(await errorOf(daemon)).toBeNull();
  const emitted = await here.run("emit", "com.example.t", "--id", "e1");
  expect([emitted.code, emitted.out]).toEqual([0, `e1: 1 delivery handed to the daemon at ${daemon.url}\n`]);
  expect(emitted.err).toContain("ONLY_THERE");
  const id = await deliveredOnce(here);
  const again = await here.run("deliveries", "resend", id, "--dry-run");
  expect([again.code, again.out]).toEqual([
    0,
    expect.stringContaining("1 delivery (so far 1 delivered) would be sent again"),
  ]);
});

test("without a daemon they go by the data folder, and what needs the file says so", async () => {
  const here = await folderWith();
  const none = await runCli(["events", "list", "-f", "other.yaml"], { cwd: await tempDir() });
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("error[file-not-found]")]);

  const partly = (await readFile(here.file, "utf8")).concat("nonsense: 1\n");
  await writeFile(path.join(here.folder, "partly.yaml"), partly);
  const part = await here.run("status", "-f", "partly.yaml");
  expect([part.code, part.out]).toEqual([0, expect.stringMatching(/^deploys .* not applied /m)]);
  expect(part.err).toMatch(/going by what can still be read of it\n$/);

  const usual = (await readFile(here.file, "utf8")).replace("  database: elsewhere.db\n", "");
  await writeFile(here.file, usual);
  expect((await here.run("apply", "--yes")).code).toBe(0);
  expect((await here.run("emit", "com.example.t", "--id", "e1")).code).toBe(0);
  await appendFile(here.file, "foo: [\n");
  const events = await here.run("events", "list");
  expect([events.code, events.out]).toEqual([0, expect.stringContaining("e1")]);
  expect(events.err).toMatch(/the configuration cannot be used as it is; going by what \.bellhop has\n$/);
  const status = await here.run("status");
  expect([status.code, status.out]).toEqual([0, expect.stringMatching(/^deploys .* ok +0 +1 +0/m)]);
  expect(status.out).toContain("No daemon is running");
  const held = await here.run("deliveries", "recover", "deploys", "--dry-run");
  expect([held.code, held.out]).toEqual([0, "deploys: nothing is held\n"]);

  const emitted = await here.run("emit", "com.example.t", "--id", "e2");
  expect(emitted.code).toBe(1);
  expect(emitted.err).toContain("no daemon is running, and without the configuration this cannot be done");
  expect((await here.run("events", "list")).out).not.toContain("e2");
});

test("a daemon that lives and does not answer is told of by its pid", async () => {
  const here = await folderWith();
  const daemon = await startDaemonProcess(here.folder);
  const { pid } = parse(await readFile(path.join(here.folder, ".bellhop/daemon.json"), "utf8")) as {
    pid: number;
  };
  daemon.signal("SIGSTOP");
  onTestFinished(() => daemon.signal("SIGCONT"));
  const status = await here.run("status");
  expect([status.code, status.out]).toEqual([
    0,
    expect.stringContaining(`The daemon with pid ${pid} does not answer at ${daemon.url}: `),
  ]);
  const { out } = await here.run("status", "--format", "json");
  expect(parse(out)).toMatchObject({ daemon: { pid, answers: false, ready: null } });
  const emitted = await here.run("emit", "com.example.t");
  expect(emitted.code).toBe(1);
  expect(emitted.err).toContain(`the daemon with pid ${pid} does not answer`);
  expect(emitted.err).not.toContain("stop the daemon");
  expect((await here.run("events", "list")).out).toBe("No events.\n");
  daemon.signal("SIGCONT");
  expect((await here.run("emit", "com.example.t")).code).toBe(0);
});

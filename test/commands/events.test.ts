/** `bellhop events`, without a daemon. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { accepted, batchOf, owed, START } from "../conformance/outbox/fixtures.ts";
import { runCli } from "../support/cli.ts";

let folder = "";
const run = (...args: string[]) => runCli(args, { cwd: folder });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "bellhop-commands-"));
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    "version: 1\ntargets:\n  house: { provider: bellhop, store: .bellhop/store.json }\nintegrations: {}\n",
  );
  const outbox = await openSqliteOutbox({
    path: path.join(folder, ".bellhop/bellhop.db"),
    mode: "shared",
    clock: () => START,
  });
  await outbox.accept(
    batchOf(
      [
        accepted("1", [owed("a")], { origin: "/ci", project: { name: "web" } }),
        accepted("1", [owed("b")], { origin: "/shop", type: "order" }),
        accepted("two", [], { data: { bell: "\u0007 needle" } }),
      ],
      {
        rejected: [
          { source: "file:a", position: "byte 7", reason: "not JSON", head: "{oh \u001b[31m" },
          { source: "file:a", position: "byte 9", reason: "not JSON", head: `${"long ".repeat(20)}end` },
        ],
      },
    ),
  );
  await outbox.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bellhop events", () => {
  it("lists what came in, newest first, in pages", async () => {
    const first = await run("events", "list", "--limit", "2", "--format", "json");
    const page = JSON.parse(first.out);
    expect(page.events).toMatchObject([
      {
        id: "two",
        origin: null,
        type: "build:start",
        source: "test",
        receivedAt: "2026-11-20T12:00:00.000Z",
      },
      { id: "1", origin: "/shop", type: "order" },
    ]);
    const rest = JSON.parse((await run("events", "list", "--format", "json", "--cursor", page.next)).out);
    expect(rest).toMatchObject({
      events: [{ id: "1", origin: "/ci", project: { name: "web" } }],
      next: null,
    });
    const human = await run("events", "list", "--text", "needle");
    expect(human).toMatchObject({ code: 0, out: expect.stringMatching(/^ID +TYPE.*\ntwo +build:start/) });
    const withOrigins = (await run("events", "list")).out;
    expect(withOrigins).toMatch(
      /^ID +ORIGIN +TYPE.*\ntwo +- +build:start.*\n1 +\/shop +order.*\n1 +\/ci +build/,
    );
    expect((await run("events", "list", "--project", "nothing")).out).toBe("No events.\n");
  });

  it("lists what was no event, and lets nothing of it reach the terminal", async () => {
    const { rejected } = JSON.parse((await run("events", "list", "--rejected", "--format", "json")).out);
    expect(rejected).toMatchObject([
      { position: "byte 9", head: expect.stringMatching(/end$/) },
      { source: "file:a", position: "byte 7", reason: "not JSON" },
    ]);
    const human = await run("events", "list", "--rejected");
    expect(human.out).toContain("not JSON");
    expect(human.out).not.toContain("\u001b[31m");
    expect(human.out).not.toContain("end\n");
    expect(human.out).toContain("--format json shows it");
    expect(await run("events", "list", "--rejected", "--event", "x")).toMatchObject({ code: 64 });
  });

  it("shows one with its data and where it went", async () => {
    for (const [origin, integration] of [
      ["/ci", "key-a"],
      ["/shop", "key-b"],
    ] as const) {
      const { out } = await run("events", "show", "1", "--origin", origin, "--format", "json");
      expect(JSON.parse(out)).toMatchObject({ id: "1", origin });
      expect(JSON.parse(out).deliveries).toMatchObject([{ integration, status: "pending" }]);
      expect(JSON.parse(out).deliveries).toHaveLength(1);
    }
    const human = await run("events", "show", "two");
    expect(human.out).toContain("No integration asked for it.");
    expect(human.out).not.toContain("\u0007");
    expect(await run("events", "show", "three")).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no event three"),
    });
  });

  it("asks which one is meant where an id is that of several, and names them", async () => {
    const several = await run("events", "show", "1", "--format", "json");
    expect(several).toMatchObject({ code: 1, out: "" });
    expect(several.err).toContain("2 events have the id 1: of /shop, /ci");
    expect(several.err).toContain("bellhop events show 1 --origin /shop");
    const other = await run("events", "show", "1", "--origin", "/cii");
    expect(other).toMatchObject({ code: 1, out: "" });
    expect(other.err).toContain("there is no event 1 of the CloudEvents source /cii; 2 events have this id");
    expect((await run("events", "show", "two", "--origin", "")).out).toContain("Event        two\n");
  });
});

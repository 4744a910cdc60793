/** What `emit`, `test` and `deliveries` answer to wrong usage, without a daemon. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { accepted, batchOf, owed } from "../conformance/outbox/fixtures.ts";
import { runCli } from "../support/cli.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bellhop-commands-"));
  configure("");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function configure(daemon: string): void {
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations: {}
${daemon}`,
  );
}

const run = (...args: string[]) => runCli(args, { cwd: folder });

describe("wrong usage", () => {
  it.for([
    [
      "a status that there is none",
      ["deliveries", "list", "--status", "lost"],
      /Allowed choices are pending/,
    ],
    ["a cursor that is none", ["deliveries", "list", "--cursor", "x"], /"x" is not a cursor/],
    [
      "a beginning after the end",
      ["deliveries", "list", "--since", "1h", "--until", "2h"],
      /--since 1h is later than --until 2h/,
    ],
    [
      "a beginning after the end, of events",
      ["events", "list", "--since", "2026-11-20T12:00:00Z", "--until", "2026-11-19T12:00:00Z"],
      /--since 2026-11-20T12:00:00Z is later than --until 2026-11-19T12:00:00Z/,
    ],
    [
      "a beginning after the end, of what is to be sent again",
      ["deliveries", "resend", "--since", "1h", "--until", "2h", "--dry-run"],
      /--since 1h is later than --until 2h/,
    ],
    ["no type", ["emit", " "], /no event: a type has 1 to 512 characters/],
    ["too long a type", ["emit", "t".repeat(600)], /no event: a type has 1 to 512 characters/],
    ["an empty id", ["emit", "t", "--id", ""], /no event: an id has 1 to 512 characters/],
    [
      "deep data",
      ["emit", "t", "--data", "[".repeat(600) + "]".repeat(600)],
      /nested deeper than 500 levels/,
    ],
  ] as const)("%s", async ([, args, message]) => {
    expect((await run("emit", "first")).code).toBe(0);
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([64, ""]);
    expect(err).toMatch(message);
  });
});

describe("a look without a database", () => {
  it.for([["deliveries"], ["events"], ["events", "--rejected"]] as const)(
    "refuses a cursor that is none: %j",
    async ([of, ...more]) => {
      const { code, out, err } = await run(of, "list", ...more, "--cursor", "x");
      expect([code, out]).toEqual([64, ""]);
      expect(err).toContain('"x" is not a cursor');
      expect(existsSync(path.join(folder, ".bellhop/bellhop.db"))).toBe(false);
    },
  );
});

describe("deliveries of an integration that has none", () => {
  const hook = (key: string): string =>
    `  ${key}: { kind: bellhop/integration, spec: { name: ${key}, type: RAW_WEBHOOK, webhook: "https://h.example/", events: ["*"] } }`;
  const list = (name: string) => run("deliveries", "list", "--integration", name);

  it.for([false, true])("say whether the name is known (with a database: %j)", async (hasDatabase) => {
    writeFileSync(
      path.join(folder, "notifications.yaml"),
      `version: 1\ntargets:\n  house: { provider: bellhop, store: .bellhop/store.json }\nintegrations:\n${hook("deploys")}\n`,
    );
    if (hasDatabase) expect((await run("emit", "first")).code).toBe(0);
    const typo = await list("deplyos");
    expect(typo).toMatchObject({ code: 0, out: "No deliveries.\n" });
    expect(typo.err).toBe(
      "hint: no integration deplyos is in the configuration or the log; did you mean deploys?\n",
    );
    expect((await list("something-else")).err).toContain("bellhop status lists the keys");
    expect(await list("deploys")).toMatchObject({ code: 0, out: "No deliveries.\n", err: "" });
    const json = await run("deliveries", "list", "--integration", "deplyos", "--format", "json");
    expect(JSON.parse(json.out)).toEqual({ deliveries: [], next: null });
  });

  it("says nothing about one that is gone from the file and known to the log", async () => {
    const outbox = await openSqliteOutbox({ path: path.join(folder, ".bellhop/bellhop.db"), mode: "shared" });
    await outbox.accept(batchOf([accepted("e1", [owed("a")])]));
    await outbox.close();
    const found = await run("deliveries", "list", "--integration", "key-a", "--status", "held");
    expect(found).toMatchObject({ code: 0, out: "No deliveries.\n", err: "" });
  });
});

describe("what is not supported yet is refused", () => {
  it.for([
    [
      "another database",
      "daemon: { database: 'postgres://robot:hunter2@db.internal/x' }",
      /a database at postgres:/,
    ],
  ] as const)("%s", async ([, daemon, message]) => {
    configure(daemon);
    const { code, err } = await run("daemon");
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).not.toContain("hunter2");
    expect(existsSync(path.join(folder, "postgres:"))).toBe(false);
  });
});

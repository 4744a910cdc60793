/** `deliveries resend`, `deliveries recover`, `test` and `status` over real receivers, with a daemon and without. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCli } from "../support/cli.ts";
import type { CliResult } from "../support/cli.ts";
import { until } from "../support/delivery-side.ts";
import { listen } from "../support/receiver.ts";
import { tempDir } from "../support/temp.ts";

interface Place {
  readonly folder: string;
  /** What the endpoint answers with. */
  status: number;
  /** Ids of the events that came, tests left out. */
  readonly got: string[];
  run(...args: string[]): Promise<CliResult>;
  answering(answers: readonly string[], ...args: string[]): Promise<CliResult>;
  /** Starts a daemon; it stops with the test. */
  daemon(): Promise<void>;
}

async function place(): Promise<Place> {
  const folder = await tempDir();
  const url = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const { id, type } = JSON.parse(body) as { id: string; type: string };
      if (type !== "bellhop:confirm") here.got.push(id);
      response.writeHead(here.status).end();
    });
  });
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
  hook:
    kind: bellhop/integration
    spec: { name: Hook, type: RAW_WEBHOOK, webhook: "${url}" }
    manage: { confirm: false }
daemon:
  listen: 127.0.0.1:0
  token: sesame
  egress: { allow: [127.0.0.0/8] }
`,
  );
  const here: Place = {
    folder,
    status: 200,
    got: [],
    run: (...args) => runCli(args, { cwd: folder }),
    answering: (answers, ...args) => runCli(args, { cwd: folder, answers }),
    daemon: async () => {
      const stopping = new AbortController();
      let log = "";
      const ended = runCli(["daemon"], {
        cwd: folder,
        stopping: stopping.signal,
        watch: (text) => void (log += text),
      });
      onTestFinished(async () => {
        stopping.abort();
        await ended;
      });
      await until(() => log.includes('"ready"'));
    },
  };
  expect((await here.run("apply", "--yes")).code).toBe(0);
  return here;
}

/** Three events that are held: the endpoint was gone when the first was tested. */
async function held(here: Place): Promise<void> {
  here.status = 410;
  expect((await here.run("test", "hook")).code).toBe(1);
  for (const id of ["e1", "e2", "e3"]) await here.run("emit", "build:failure", "--id", id);
  here.status = 200;
}

const json = (result: CliResult): Record<string, unknown> =>
  JSON.parse(result.out) as Record<string, unknown>;

for (const [name, prepare] of [
  ["without a daemon", () => Promise.resolve()],
  ["with a daemon", (here: Place) => here.daemon()],
] as const) {
  describe(`deliveries recover, ${name}`, () => {
    it("sends what is held in order, and says so", async () => {
      const here = await place();
      await held(here);
      await prepare(here);
      expect((await here.run("deliveries", "recover", "hook", "--dry-run")).out).toBe(
        "hook: 3 deliveries would be sent, the oldest first\n",
      );
      const { code, out } = await here.run("deliveries", "recover", "hook");
      expect([code, out]).toEqual([0, "hook: 3 of 3 deliveries delivered\n"]);
      expect(here.got).toEqual(["e1", "e2", "e3"]);
      expect((await here.run("deliveries", "recover", "hook")).out).toBe("hook: nothing is held\n");
    });

    it("stops at the first that does not arrive, with exit 1 and the answer", async () => {
      const here = await place();
      await held(here);
      await prepare(here);
      here.status = 503;
      const result = await here.run("deliveries", "recover", "hook", "--format", "json");
      expect(result.code).toBe(1);
      expect(json(result)).toEqual({
        integration: "hook",
        dryRun: false,
        held: 3,
        delivered: 0,
        discarded: 0,
        left: 3,
        failed: { id: expect.any(String), reason: "answered 503", nextAttemptAt: null },
      });
      expect(here.got).toEqual(["e1"]);
    });
  });

  describe(`deliveries resend, ${name}`, () => {
    it("counts, asks, sends again, and says which not and why", async () => {
      const here = await place();
      await held(here);
      await prepare(here);
      await here.run("deliveries", "recover", "hook");
      const list = json(await here.run("deliveries", "list", "--event", "e1", "--format", "json"));
      const [{ id }] = list["deliveries"] as [{ id: string }];
      const all = ["deliveries", "resend", "--event", "build:*", "--status", "delivered"] as const;
      expect((await here.run(...all, "--dry-run")).out).toBe(
        "3 deliveries (so far 3 delivered) would be sent again\n",
      );
      expect(await here.run(...all)).toMatchObject({
        code: 1,
        err: expect.stringContaining("hint: add --yes"),
      });
      expect(await here.answering(["no"], ...all)).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringContaining("not confirmed: nothing was done"),
      });
      expect(here.got).toHaveLength(3);
      const one = await here.run("deliveries", "resend", id, "NOPE", "--format", "json");
      expect(one.code).toBe(1);
      expect(json(one)).toEqual({
        dryRun: false,
        resent: 1,
        byStatus: { delivered: 1 },
        skipped: [{ reason: "there is no such delivery", count: 1, ids: ["NOPE"] }],
      });
      if (name === "with a daemon") await until(() => here.got.length === 4);
      else expect(here.got).toHaveLength(3);
      const many = await here.answering(["yes"], ...all);
      expect(many.code).toBe(0);
      expect(many.out).toMatch(/^[23] deliveries \(so far [23] delivered\) are /);
    });
  });
}

describe("wrong usage", () => {
  it.for([
    ["nothing named", ["deliveries", "resend"], 64, /say which deliveries/],
    ["ids and a filter", ["deliveries", "resend", "X", "--since", "1d"], 64, /not both/],
    ["an unknown integration", ["deliveries", "recover", "nope"], 1, /no store has an integration nope/],
    ["a test of an unknown integration", ["test", "nope"], 1, /no store has an integration nope/],
  ] as const)("%s", async ([, args, code, message]) => {
    const here = await place();
    const result = await here.run(...args);
    expect([result.code, result.out]).toEqual([code, ""]);
    expect(result.err).toMatch(message);
  });
});

describe("a delivered test", () => {
  it("brings a disabled integration back, and says what is held", async () => {
    const here = await place();
    await held(here);
    const status = await here.run("status");
    expect(status.out).toMatch(/^hook +bellhop\/integration +house +disabled +0 +0 +3 +1 +-$/m);
    expect(status.out).toMatch(
      /\nhook is disabled since [-0-9: Z]+: its endpoint says never again \(answered 410 Gone\)\.\n {2}3 deliveries are held, and so is what comes\.\n {2}correct its address and apply, or check it: bellhop test hook\n {2}to send: bellhop deliveries recover hook\n/,
    );
    expect(status.out).toMatch(/\nNo daemon is running: nothing is sent until one is\.\n$/);
    const { code, out } = await here.run("test", "hook");
    expect([code, out]).toEqual([
      0,
      "hook: delivered (answered 200)\n  it was disabled, and takes messages again\n  3 deliveries are held; to send: bellhop deliveries recover hook\n",
    ]);
    expect(json(await here.run("status", "--format", "json"))).toMatchObject({
      daemon: null,
      integrations: [
        {
          key: "hook",
          status: {
            disabled: false,
            reason: null,
            timeOfFirstFailedRequest: null,
            numberOfFailedRequests: 0,
          },
          health: { cause: null, disabledAt: null, probeAt: null, recovering: false },
          deliveries: { held: 3, exhausted: 1, delivered: 1 },
        },
      ],
    });
  });
});

for (const [name, prepare] of [
  ["without a daemon", () => Promise.resolve()],
  ["with a daemon", (here: Place) => here.daemon()],
] as const) {
  it(`an integration that is switched off has a state of its own and gets nothing but tests, ${name}`, async () => {
    const here = await place();
    await held(here);
    const file = readFileSync(path.join(here.folder, "notifications.yaml"), "utf8");
    const off = file.replace("type: RAW", "enabled: false, type: RAW");
    writeFileSync(path.join(here.folder, "notifications.yaml"), off);
    expect((await here.run("apply", "--yes")).code).toBe(0);
    await prepare(here);
    const { out } = await here.run("status");
    expect(out).toMatch(/^hook +bellhop\/integration +house +off +0 +0 +3 +1 +-$/m);
    expect(out).toContain(
      "\nhook is switched off: enabled is false.\n  3 deliveries are held.\n  to send once it is on again: bellhop deliveries recover hook\n",
    );
    expect(json(await here.run("status", "--format", "json"))).toMatchObject({
      integrations: [{ key: "hook", exists: true, off: true, deliveries: { held: 3 } }],
    });
    expect(await here.run("deliveries", "recover", "hook")).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /hook is switched off: enabled is false[^]*switch it on in the file and apply/,
      ),
    });
    expect((await here.run("deliveries", "resend", "--integration", "hook", "--yes")).out).toContain(
      "Nothing to send again.\n3 left as they are: hook is switched off: enabled is false; switch it on",
    );
    expect(await here.run("test", "hook")).toMatchObject({
      code: 0,
      out: "hook: delivered (answered 200)\n  it is switched off: enabled is false; it gets nothing but tests; 3 deliveries are held\n",
    });
    expect(here.got).toEqual([]);
    writeFileSync(path.join(here.folder, "notifications.yaml"), file);
    expect((await here.run("apply", "--yes")).code).toBe(0);
    expect((await here.run("status")).out).toContain(
      "\nhook works, and 3 deliveries are still held.\n  to send: bellhop deliveries recover hook\n",
    );
  });
}

describe("the daemon's file", () => {
  it("is its owner's alone, and whoever else answers at its address is not told the token", async () => {
    const here = await place();
    await here.daemon();
    const file = path.join(here.folder, ".bellhop", "daemon.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await here.run("status")).out).toMatch(
      /\nThe daemon is running at http:\/\/127\.0\.0\.1:\d+ since /,
    );
    const asked: (string | undefined)[] = [];
    const impostor = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end(JSON.stringify({ status: "ok", proof: "0".repeat(64) }));
    });
    await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      impostor.closeAllConnections();
      impostor.close();
    });
    const address = impostor.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const entry = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...entry, url: `http://127.0.0.1:${port}` }));
    expect((await here.run("status")).out).toContain("No daemon is running");
    expect(asked).toEqual([undefined]);
  });
});

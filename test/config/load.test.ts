import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Config } from "../../src/model/config.ts";
import { reveal, Secret } from "../../src/model/secret.ts";
import { Unresolved } from "../../src/model/value.ts";
import { brief, load } from "./support.ts";

function expectConfig(result: Awaited<ReturnType<typeof load>>): Config {
  expect(result.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (result.config === undefined) throw new Error("no configuration");
  return result.config;
}

const BASE = `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
  a:
    kind: bellhop/integration
    spec:
      name: A
      type: RAW_WEBHOOK
      webhook: \${env:HOOK}
      headers: { X-Team: "web \${env:TEAM:-none}" }
`;

describe("targets", () => {
  test("defaults come from the provider and the design", async () => {
    const config = expectConfig(
      await load(
        `version: 1
targets:
  shop: { provider: scalingo, app: storefront, api: { token: "\${env:T}" } }
  fake: { provider: scalingo, app: storefront, api: { url: "http://127.0.0.1:4010/", token: t } }
  edge: { provider: cloudflare, accountId: acc, ownership: exclusive, guards: { maxDeletes: 2 }, store: s.json }
  shared: { provider: bellhop, store: "postgres://db.example/bellhop" }
`,
        { env: { T: "tk" } },
      ),
    );
    const { shop, fake, edge, shared } = Object.fromEntries(config.targets);
    expect(shop).toMatchObject({
      scope: "storefront",
      ownership: "recorded",
      guards: { maxDeletes: 20, maxDeletePercent: 30 },
      api: {
        url: "https://api.osc-fr1.scalingo.com",
        authUrl: "https://auth.scalingo.com",
        region: "osc-fr1",
      },
    });
    expect(shop?.api?.credentials["token"]).toEqual(new Secret("tk"));
    expect(fake?.api).toMatchObject({ url: "http://127.0.0.1:4010", authUrl: "http://127.0.0.1:4010" });
    expect(edge).toMatchObject({ ownership: "exclusive", guards: { maxDeletes: 2, maxDeletePercent: 30 } });
    expect(edge?.store).toBe(join(config.file, "..", "s.json"));
    expect(shared?.store).toBe("postgres://db.example/bellhop");
  });

  test("the one target of the provider is taken when none is named", async () => {
    const config = expectConfig(await load(BASE, { env: { HOOK: "https://x.example/" } }));
    expect(config.integrations[0]?.target).toBe("house");
  });
});

const CREDENTIALS = "-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n";
const nats = { type: "nats", stream: "EVENTS" };

describe("the daemon", () => {
  test("has defaults beside the main file", async () => {
    const config = expectConfig(await load("version: 1\n"));
    expect(config.daemon).toEqual({
      listen: "127.0.0.1:8420",
      database: join(config.dataDir, "bellhop.db"),
      sources: [],
      reconcile: { intervalMs: 300_000, mode: "correct" },
      egress: { allow: [] },
      retention: {},
      disable: { failures: 20, afterMs: 86_400_000, probeMs: 3_600_000 },
    });
    expect(config.state).toBe(join(config.dataDir, "state.json"));
    expect(config.dataDir).toBe(join(config.file, "..", ".bellhop"));
  });

  test("is read with its units", async () => {
    const config = expectConfig(
      await load({
        "notifications.yaml": `version: 1
daemon:
  listen: "[::1]:0"
  token: abc
  database: data/x.db
  sources:
    - { file: events/*.ndjson }
    - { http: /events }
    - { ingest: northflank, secret: s1 }
    - { ingest: qovery, secret: [s1, s2], path: /hooks/qovery }
    - { ingest: scalingo, path: /hooks/3f9c }
    - { ingest: scalingo, secret: in-the-url }
    - stdin
    - { nats: { servers: [a, "tls://b:4223"], stream: EVENTS, consumer: bellhop, subjects: events.>, token: s3 } }
    - { nats: { servers: a, stream: EVENTS, consumer: other, user: u, password: p } }
    - { nats: { servers: a, stream: EVENTS, consumer: third, credentials: "\${file:nats.creds}" } }
  reconcile: { interval: 90s, mode: report }
  egress: { allow: [10.2.0.0/16, "::1"] }
  retention: { age: 30d, size: 5GiB }
  disable: { failures: 3, after: 1m, probe: 90s }
`,
        "nats.creds": CREDENTIALS,
      }),
    );
    const folder = join(config.file, "..");
    expect(config.daemon).toEqual({
      listen: "[::1]:0",
      token: new Secret("abc"),
      database: join(folder, "data/x.db"),
      sources: [
        { type: "file", pattern: "events/*.ndjson", base: folder },
        { type: "http", path: "/events" },
        { type: "ingest", provider: "northflank", path: "/ingest/northflank", secrets: [new Secret("s1")] },
        {
          type: "ingest",
          provider: "qovery",
          path: "/hooks/qovery",
          secrets: [new Secret("s1"), new Secret("s2")],
        },
        { type: "ingest", provider: "scalingo", path: "/hooks/3f9c", secrets: [] },
        {
          type: "ingest",
          provider: "scalingo",
          path: "/ingest/scalingo",
          secrets: [new Secret("in-the-url")],
        },
        { type: "stdin" },
        {
          ...nats,
          servers: ["a", "tls://b:4223"],
          consumer: "bellhop",
          subjects: ["events.>"],
          token: new Secret("s3"),
        },
        { ...nats, servers: ["a"], consumer: "other", user: "u", password: new Secret("p") },
        { ...nats, servers: ["a"], consumer: "third", credentials: new Secret(CREDENTIALS.trimEnd()) },
      ],
      reconcile: { intervalMs: 90_000, mode: "report" },
      egress: { allow: ["10.2.0.0/16", "::1"] },
      retention: { ageMs: 30 * 86_400_000, bytes: 5 * 2 ** 30 },
      disable: { failures: 3, afterMs: 60_000, probeMs: 90_000 },
    });
  });
});

describe("values", () => {
  test("secrets are Secret from reading on, and references are filled in anywhere in a text", async () => {
    const config = expectConfig(await load(BASE, { env: { HOOK: "https://x.example/t", TEAM: "core" } }));
    const { webhook, headers } = config.integrations[0]?.spec ?? {};
    expect(webhook).toEqual(new Secret("https://x.example/t"));
    expect(headers).toEqual({ "X-Team": new Secret("web core") });
  });

  test("a default stands in, an escape stays, several references may share a text", async () => {
    const yaml = BASE.replace("name: A", () => 'name: "${env:A}-${env:B:-b}-$${env:C}"');
    const config = expectConfig(await load(yaml, { env: { A: "1", HOOK: "https://x.example/" } }));
    expect(config.integrations[0]?.spec["name"]).toBe("1-b-${env:C}");
    expect(config.integrations[0]?.spec["headers"]).toEqual({ "X-Team": new Secret("web none") });
  });

  test("a missing variable is Unresolved, and says only its name", async () => {
    const { config, diagnostics } = await load(BASE, { mode: "plan" });
    expect(diagnostics.map(brief)).toEqual(["10:16 ~missing-variable"]);
    expect(config?.integrations[0]?.spec["webhook"]).toEqual(new Unresolved("${env:HOOK}", true));
  });

  test("an unquoted reference may stand for a flag or a number, a quoted one is text", async () => {
    const fields = "      enabled: ${env:ON}\n      rateLimit: ${env:RATE}\n      description: ${env:RATE}\n";
    const env = { HOOK: "https://x.example/", ON: "false", RATE: "2" };
    const config = expectConfig(await load(BASE + fields, { env }));
    expect(config.integrations[0]?.spec).toMatchObject({ enabled: false, rateLimit: 2, description: "2" });
  });

  test("a file's text is taken without its last line break, from beside the file that names it", async () => {
    const config = expectConfig(
      await load({
        "notifications.yaml":
          "version: 1\ninclude: [teams/*.yaml]\ntargets: { h: { provider: bellhop, store: s.json } }\n",
        "teams/a.yaml":
          "integrations:\n  a:\n    kind: bellhop/integration\n    spec: { name: A, type: RAW_WEBHOOK, webhook: 'https://x.example/', secret: '${file:key.txt}' }\n",
        "teams/key.txt": "whsec_abc\n",
      }),
    );
    const secret = config.integrations[0]?.spec["secret"];
    expect(secret instanceof Secret ? reveal(secret) : secret).toBe("whsec_abc");
  });

  test("--vars files win over the environment", async () => {
    const files = {
      "notifications.yaml": BASE,
      "prod.env": '# production\nexport HOOK="https://vars.example/"\nTEAM = ops\n',
    };
    const config = expectConfig(
      await load(files, { env: { HOOK: "https://env.example/" }, vars: ["prod.env"] }),
    );
    expect(config.integrations[0]?.spec).toMatchObject({
      webhook: new Secret("https://vars.example/"),
      headers: { "X-Team": new Secret("web ops") },
    });
  });

  test("a --vars file that is wrong is reported without its values", async () => {
    const { diagnostics } = await load(
      { "notifications.yaml": "version: 1\n", "v.env": "A=1\nHOOK https://s3cret.example/\n" },
      { vars: ["v.env"] },
    );
    expect(diagnostics.map(brief)).toEqual(["v.env:2:1 bad-variables-file"]);
    expect(JSON.stringify(diagnostics)).not.toContain("s3cret");
  });
});

describe("events", () => {
  const kinds = (events: string): string => `version: 1
targets:
  nf: { provider: northflank, store: s.json }
  q: { provider: qovery, store: s.json }
integrations:
  n:
    kind: northflank/notification
    spec: { name: Builds, type: RAW_WEBHOOK, webhook: "https://x.example/", events: ${events} }
  q:
    kind: qovery/webhook
    spec: { kind: STANDARD, target_url: "https://x.example/", events: ["!DEPLOYMENT_STARTED"] }
`;

  test("globs become the documented form", async () => {
    const config = expectConfig(await load(kinds('["trigger:build:*", "!trigger:build:abort"]')));
    expect(config.integrations[0]?.spec["events"]).toEqual({
      "trigger:build:start": true,
      "trigger:build:success": true,
      "trigger:build:failure": true,
    });
    expect(config.integrations[1]?.spec["events"]).toEqual([
      "DEPLOYMENT_CANCELLED",
      "DEPLOYMENT_FAILURE",
      "DEPLOYMENT_SUCCESSFUL",
    ]);
  });

  test("the documented map is kept", async () => {
    const config = expectConfig(
      await load(kinds("{ trigger:build:start: true, trigger:build:abort: false }")),
    );
    expect(config.integrations[0]?.spec["events"]).toEqual({
      "trigger:build:start": true,
      "trigger:build:abort": false,
    });
  });

  test("an event that is not documented yet is kept in an open list", async () => {
    const { config, diagnostics } = await load(kinds("[trigger:moon:landing]"));
    expect(diagnostics.map(brief)).toEqual(["8:86 ~unknown-event"]);
    expect(config?.integrations[0]?.spec["events"]).toEqual({ "trigger:moon:landing": true });
  });
});

describe("files", () => {
  const part = (key: string): string =>
    `integrations:\n  ${key}:\n    kind: bellhop/integration\n    spec: { name: ${key}, type: RAW_WEBHOOK, webhook: "https://x.example/" }\n`;
  const HEAD = "version: 1\ntargets: { h: { provider: bellhop, store: s.json } }\n";

  test("includes nest, and each path starts from its own file", async () => {
    const config = expectConfig(
      await load({
        "notifications.yaml": `${HEAD}include: [teams/all.yaml]\n`,
        "teams/all.yaml": "include: ['*/*.yaml']\n",
        "teams/web/a.yaml": part("a"),
        "teams/ops/b.yaml": part("b"),
      }),
    );
    expect(config.integrations.map(({ key }) => key)).toEqual(["b", "a"]);
    expect(config.files.map((file) => file.slice(join(config.file, "..").length + 1))).toEqual([
      "notifications.yaml",
      "teams/all.yaml",
      "teams/ops/b.yaml",
      "teams/web/a.yaml",
    ]);
  });

  test("a file that two others include is read once", async () => {
    const config = expectConfig(
      await load({
        "notifications.yaml": `${HEAD}include: [a.yaml, b.yaml]\n`,
        "a.yaml": "include: [c.yaml]\n",
        "b.yaml": "include: [c.yaml]\n",
        "c.yaml": part("c"),
      }),
    );
    expect(config.integrations.map(({ key }) => key)).toEqual(["c"]);
  });

  test("a glob over the own folder finds neither the file itself nor its overlays", async () => {
    const files = {
      "notifications.yaml": `${HEAD}include: ["*.yaml"]\n`,
      "notifications.prod.yaml": "version: 1\n",
      "a.yaml": part("a"),
    };
    const config = expectConfig(await load(files));
    expect(config.integrations.map(({ key }) => key)).toEqual(["a"]);
  });

  test("-f takes files and folders; overlays in a folder wait to be named", async () => {
    const files = {
      "conf/notifications.yaml": HEAD,
      "conf/a.yaml": part("a"),
      "conf/a.prod.yaml": "integrations: { a: { spec: { name: Other } } }\n",
      "more.yaml": part("b"),
    };
    const config = expectConfig(await load(files, { files: ["conf", "more.yaml"] }));
    expect(config.file.endsWith("conf/notifications.yaml")).toBe(true);
    expect(config.integrations.map(({ key, spec }) => [key, spec["name"]])).toEqual([
      ["a", "a"],
      ["b", "b"],
    ]);
    const over = expectConfig(await load(files, { files: ["conf", "more.yaml"], overlays: ["prod"] }));
    expect(over.integrations.map(({ spec }) => spec["name"])).toEqual(["Other", "b"]);
  });

  test("overlays merge by key in their order; positions follow what won; null removes", async () => {
    const config = expectConfig(
      await load(
        {
          "notifications.yaml": BASE.replace("${env:HOOK}", "https://x.example/"),
          "notifications.eu.yaml": "integrations:\n  a:\n    spec:\n      name: EU\n      headers:\n",
          "notifications.prod.yaml": `\nintegrations:\n  a:\n    spec:\n      name: Prod\n  b:\n    kind: bellhop/integration\n    spec: { name: B, type: SLACK, webhook: "https://x.example/" }\n`,
        },
        { overlays: ["eu", "prod"] },
      ),
    );
    const [a, b] = config.integrations;
    expect(a?.spec).toEqual({ name: "Prod", type: "RAW_WEBHOOK", webhook: new Secret("https://x.example/") });
    expect(a?.at("name")).toEqual({ file: "notifications.prod.yaml", line: 5, column: 13 });
    expect(a?.at("type")).toEqual({ file: "notifications.yaml", line: 9, column: 13 });
    expect(a?.source).toEqual({ file: "notifications.yaml", line: 5, column: 3 });
    expect(b?.source).toEqual({ file: "notifications.prod.yaml", line: 6, column: 3 });
  });

  test("the digest moves with any byte of any file, and not with the folder", async () => {
    const files = { "notifications.yaml": `${HEAD}include: [a.yaml]\n`, "a.yaml": part("a") };
    const [one, same, other] = [
      await load(files),
      await load(files),
      await load({ ...files, "a.yaml": `${part("a")}#\n` }),
    ];
    expect(one.config?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(same.config?.digest).toBe(one.config?.digest);
    expect(other.config?.digest).not.toBe(one.config?.digest);
  });

  test("a file that is not UTF-8 is reported", async () => {
    const { diagnostics } = await load({ "notifications.yaml": new Uint8Array([0x61, 0xff]) });
    expect(diagnostics.map(brief)).toEqual(["1:1 file-unreadable"]);
  });
});

describe("YAML", () => {
  test("anchors and merges work; own keys win, then the first merged map", async () => {
    const config = expectConfig(
      await load(`version: 1
targets: { h: { provider: bellhop, store: s.json } }
x-slack: &slack { type: SLACK, webhook: "https://slack.example/" }
x-quiet: &quiet { type: TEAMS, enabled: false }
integrations:
  a: { kind: bellhop/integration, spec: { name: A, <<: [*slack, *quiet], enabled: true } }
`),
    );
    expect(config.integrations[0]?.spec).toEqual({
      name: "A",
      type: "SLACK",
      webhook: new Secret("https://slack.example/"),
      enabled: true,
    });
  });

  test.for([
    ["CRLF", "version: 1\r\ntargets:\r\n  h: { provider: bellhop, store: s.json }\r\nbogus: 1\r\n", "4:1"],
    ["a byte order mark", "\uFEFFbogus: 1\nversion: 1\n", "1:1"],
    ["an emoji before", 'version: 1\ntargets: { "🚀": { provider: bellhop, bogus: 1 } }\n', "2:38"],
    [
      "letters with accents",
      "version: 1\ntargets: { h: { provider: bellhop, store: é, bogus: 1 } }\n",
      "2:46",
    ],
  ])("positions count characters with %s", async ([, yaml, at]) => {
    const { diagnostics } = await load(yaml ?? "");
    const found = diagnostics.find(({ message }) => message.includes('"bogus"'));
    expect(`${found?.line}:${found?.column}`).toBe(at);
  });

  test("aliases that multiply beyond sense are refused, not expanded", async () => {
    const lines = Array.from(
      { length: 30 },
      (_, at) => `x-${at}: &a${at} [${at === 0 ? "1" : `*a${at - 1}, *a${at - 1}`}]`,
    );
    const { diagnostics } = await load(`version: 1\n${lines.join("\n")}\n`);
    expect(diagnostics.map(brief)).toEqual(["1:1 yaml-alias"]);
  });

  test.for([
    ["brackets", "[".repeat(50_000)],
    ["maps", `a: ${"{a: ".repeat(2000)}`],
    ["blocks", Array.from({ length: 200 }, (_, at) => `${" ".repeat(at)}a:`).join("\n")],
  ])("%s nested without end are a mistake, not a crash", async ([, yaml]) => {
    const { diagnostics } = await load(yaml ?? "");
    expect(diagnostics.map(({ code }) => code)).toContain("yaml-syntax");
  });

  test("a key such as __proto__ is data", async () => {
    const { diagnostics } = await load(`${BASE}      __proto__: { polluted: 1 }\n`, {
      env: { HOOK: "https://x.example/" },
    });
    expect(diagnostics.map(brief)).toEqual(["12:7 unknown-key"]);
    expect({}).not.toHaveProperty("polluted");
  });
});

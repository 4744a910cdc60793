import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFiles } from "../config/support.ts";
import { runCli } from "../support/cli.ts";

const GOOD = `version: 1
targets: { house: { provider: bellhop, store: s.json } }
integrations:
  deploys:
    kind: bellhop/integration
    spec:
      name: Deploys
      type: RAW_WEBHOOK
      webhook: \${env:HOOK}
      secret: \${env:KEY:-whsec_fallback}
`;

test("init writes a file that validates strictly and is formatted, and never overwrites", async () => {
  const cwd = await writeFiles({});
  expect(await runCli(["init"], { cwd })).toMatchObject({ code: 0, err: "" });
  expect(await runCli(["validate", "--strict"], { cwd })).toEqual({
    code: 0,
    out: "valid: 1 integration, 1 target in 1 file\n",
    err: "",
  });
  expect(await runCli(["fmt", "--check"], { cwd })).toEqual({ code: 0, out: "", err: "" });
  const before = await readFile(join(cwd, "notifications.yaml"), "utf8");
  const again = await runCli(["init"], { cwd });
  expect(again).toMatchObject({ code: 1, out: "" });
  expect(again.err).toContain("error: notifications.yaml is there already");
  expect(await readFile(join(cwd, "notifications.yaml"), "utf8")).toBe(before);
});

test("validate exits 1 for errors and 0 for warnings, which --strict makes errors", async () => {
  const cwd = await writeFiles({ "notifications.yaml": GOOD, "bad.yaml": GOOD.replace("type:", "tipe:") });
  const warned = await runCli(["validate"], { cwd });
  expect(warned.code).toBe(0);
  expect(warned.out).toContain(
    "warning[missing-variable] notifications.yaml:9:16: the variable HOOK is not set\n",
  );
  expect(warned.out.endsWith("valid: 1 integration, 1 target in 1 file; 1 warning\n")).toBe(true);
  expect((await runCli(["validate", "--strict"], { cwd })).code).toBe(1);
  const failed = await runCli(["validate", "-f", "bad.yaml"], { cwd, env: { HOOK: "https://x.example/" } });
  expect(failed.code).toBe(1);
  expect(failed.out.endsWith("1 error (1 integration, 1 target)\n")).toBe(true);
});

test("validate --format json is the documented list and nothing else", async () => {
  const cwd = await writeFiles({ "notifications.yaml": GOOD.replace("RAW_WEBHOOK", "SLACKK") });
  const { out, code } = await runCli(["validate", "--format", "json"], {
    cwd,
    env: { HOOK: "https://x.example/" },
  });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    diagnostics: [
      {
        severity: "error",
        code: "bad-enum",
        message: "type must be one of RAW_WEBHOOK, SLACK, DISCORD, TEAMS",
        file: "notifications.yaml",
        line: 8,
        column: 13,
        hint: "did you mean SLACK?",
      },
    ],
  });
});

test("schema prints a kind's schema, or the whole file's", async () => {
  const cwd = await writeFiles({});
  const kind = JSON.parse((await runCli(["schema", "qovery/webhook"], { cwd })).out);
  expect(Object.keys(kind.properties)).toContain("target_url");
  const file = JSON.parse((await runCli(["schema"], { cwd })).out);
  expect(Object.keys(file.properties)).toContain("integrations");
  const unknown = await runCli(["schema", "qovery/webhok"], { cwd });
  expect(unknown).toMatchObject({ code: 1, out: "" });
  expect(unknown.err).toContain("did you mean qovery/webhook?");
});

test("kinds lists every kind", async () => {
  const cwd = await writeFiles({});
  const { kinds } = JSON.parse((await runCli(["kinds", "--format", "json"], { cwd })).out);
  const names = kinds.map((kind: { kind: string }) => kind.kind);
  expect(names.toSorted()).toEqual([
    "bellhop/integration",
    "cloudflare/policy",
    "cloudflare/webhook",
    "northflank/notification",
    "qovery/webhook",
    "scalingo/notification",
    "scalingo/notifier",
  ]);
  const human = (await runCli(["kinds"], { cwd })).out;
  for (const name of names) expect(human).toContain(name);
});

test("explain shows every field with its place, masked, through overlays", async () => {
  const cwd = await writeFiles({
    "notifications.yaml": GOOD,
    "notifications.prod.yaml": "integrations:\n  deploys:\n    spec:\n      name: Production\n",
  });
  const env = { HOOK: "https://x.example/hook-s3cret" };
  const { out, err, code } = await runCli(["explain", "deploys", "--overlay", "prod"], { cwd, env });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe(`deploys: bellhop/integration in target house (store), notifications.yaml:4:3

  name     Production                    notifications.prod.yaml:4:13
  type     RAW_WEBHOOK                   notifications.yaml:8:13
  webhook  https://x.example/… (secret)  notifications.yaml:9:16 from \${env:HOOK}
  secret   (secret)                      notifications.yaml:10:15
  enabled  true                          default
  events   *                             default
  timeout  15s                           default
`);
});

test("explain shows what globs stand for, and masks what stands under an unknown name", async () => {
  const cwd = await writeFiles({
    "notifications.yaml": `version: 1
targets: { nf: { provider: northflank, store: s.json } }
integrations:
  b:
    kind: northflank/notification
    spec: { name: Builds, type: DISCORD, webhook: "https://x.example/", events: ["trigger:cdn:*"], secert: s3cret }
`,
  });
  const { out, err, code } = await runCli(["explain", "b", "--format", "json"], { cwd });
  expect(code).toBe(1);
  expect(out + err).not.toContain("s3cret");
  const { fields } = JSON.parse(out);
  expect(fields.find((field: { path: string }) => field.path === "events")).toMatchObject({
    value: {
      "trigger:cdn:action-success": true,
      "trigger:cdn:action-failure": true,
      "trigger:cdn:action-delay": true,
    },
    globs: ["trigger:cdn:*"],
    source: { line: 6 },
  });
});

test("explain of an unknown key suggests one", async () => {
  const cwd = await writeFiles({ "notifications.yaml": GOOD });
  const { code, err } = await runCli(["explain", "deploy"], { cwd, env: { HOOK: "https://x.example/" } });
  expect(code).toBe(1);
  expect(err).toBe('error: there is no integration "deploy"\n  hint: did you mean deploys?\n');
});

test("fmt formats the file, what it includes and its overlays; --check only lists", async () => {
  const ugly = "integrations:   {}\n";
  const cwd = await writeFiles({
    "notifications.yaml": "version:  1\ninclude: [a.yaml, b.yaml]\n",
    "a.yaml": ugly,
    "b.yaml": "integrations: {}\n",
    "notifications.prod.yaml": ugly,
  });
  const listed = "notifications.yaml\na.yaml\nnotifications.prod.yaml\n";
  expect(await runCli(["fmt", "--check"], { cwd })).toEqual({ code: 1, out: listed, err: "" });
  expect(await readFile(join(cwd, "a.yaml"), "utf8")).toBe(ugly);
  expect(await runCli(["fmt"], { cwd })).toEqual({ code: 0, out: listed, err: "" });
  expect(await readFile(join(cwd, "a.yaml"), "utf8")).toBe("integrations: {}\n");
  expect(await runCli(["fmt", "--check"], { cwd })).toEqual({ code: 0, out: "", err: "" });
});

test("fmt leaves a broken file alone and says where it is broken", async () => {
  const cwd = await writeFiles({ "notifications.yaml": "version:  1\ntargets:\n\ta: 1\n" });
  const { code, out, err } = await runCli(["fmt"], { cwd });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("error[yaml-tab] notifications.yaml:3:1");
  expect(await readFile(join(cwd, "notifications.yaml"), "utf8")).toContain("\t");
});

test.for(["validate", "validate -f wrong.yaml", "plan", "explain deploys"])(
  "%s lets no instruction to the terminal through",
  async (line) => {
    const text = GOOD.replace("name: Deploys", 'name: "D\\e[31m\\r\\u202e"')
      .replace("${env:HOOK}", 'https://example.com/\n      environments: ["X\\e[1m"]')
      .replace("${env:KEY:-whsec_fallback}", "abc");
    const wrong = text.replace("kind: bellhop/integration", 'kind: "bell\\e[2Jhop"');
    const cwd = await writeFiles({ "notifications.yaml": text, "wrong.yaml": wrong });
    const { out, err } = await runCli(line.split(" "), { cwd });
    expect(out).not.toBe("");
    expect(out + err).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
  },
);

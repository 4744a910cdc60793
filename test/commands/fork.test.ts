/** plan where no secret is at hand, as for a pull request from a fork. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { emulate } from "../emulator/support.ts";
import type { CliResult } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import { SEVEN_KINDS, SEVEN_KINDS_ENV } from "../support/seven-kinds.ts";
import { tempDir } from "../support/temp.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await tempDir();
});

const cli = (line: string, env: Record<string, string> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { cwd, env });
const declare = (text: string): Promise<void> => writeFile(join(cwd, "notifications.yaml"), text);

describe("stores", () => {
  beforeEach(() => declare(SEVEN_KINDS));

  test("a first plan shows every creation, and what is not yet known in it", async () => {
    const { code, out } = await cli("plan --exit-code --format json --out plan.json");
    expect(code).toBe(2);
    const plan = JSON.parse(out);
    expect(plan.summary.create).toBe(7);
    const open = plan.changes.flatMap(
      ({ key, fields }: { key: string; fields: { path: string; why: string }[] }) =>
        fields.filter(({ why }) => why === "not yet known").map(({ path }) => `${key}.${path}`),
    );
    expect(open.toSorted()).toEqual([
      "builds.secret",
      "deploys-to-slack.webhook",
      "env-hook.target_secret",
      "on-call.secret",
    ]);
  });

  test.for(["human", "markdown", "github"])("%s says so", async (format) => {
    expect((await cli(`plan --format ${format}`)).out).toContain("not yet known");
  });

  test("such a plan is for reading: apply refuses it, with secrets and without", async () => {
    const saved = await cli("plan --out plan.json");
    expect(saved.err).toContain("saved as plan.json; it is for reading only: values are not yet known");
    const { code, err } = await cli("apply plan.json", SEVEN_KINDS_ENV);
    expect(code).toBe(6);
    expect(err).toContain("depends on (not yet known)");
    expect((await cli("apply plan.json")).code).toBe(1);
    expect((await readdir(cwd)).toSorted()).toEqual(["notifications.yaml", "plan.json"]);
  });

  test("what is settled stays settled: 0, with what cannot be judged listed", async () => {
    await cli("apply --yes", SEVEN_KINDS_ENV);
    const { code, out } = await cli("plan --exit-code --format json");
    expect(code).toBe(0);
    const plan = JSON.parse(out);
    expect(plan.changes).toEqual([]);
    expect(plan.unknown.map(({ key, path }: { key: string; path: string }) => `${key}.${path}`)).toEqual([
      "env-hook.target_secret",
      "on-call.secret",
      "deploys-to-slack.webhook",
      "builds.secret",
    ]);
  });

  test("a plan whose changes depend on nothing missing is applied where nothing is missing", async () => {
    await cli("apply --yes", SEVEN_KINDS_ENV);
    await declare(SEVEN_KINDS.replace("name: Shop", "name: Shop two"));
    expect((await cli("plan --exit-code --out plan.json")).code).toBe(2);
    // Sealed with the state, which is there; every value that is sent was known.
    expect((await cli("apply plan.json", SEVEN_KINDS_ENV)).code).toBe(0);
  });

  test("a change beside a missing value is shown with it, and only drift is 3", async () => {
    await cli("apply --yes", SEVEN_KINDS_ENV);
    const store = join(cwd, ".bellhop", "store.json");
    await writeFile(store, (await readFile(store, "utf8")).replace('"name": "Builds"', '"name": "Theirs"'));
    const { code, out } = await cli("plan --exit-code");
    expect(code).toBe(3);
    expect(out).toMatch(/~ secret: +.* → \(not yet known: \$\{env:CI_SECRET\}\) +\(not yet known\)/);
  });
});

describe("APIs", () => {
  const config = (url: string, more = ""): string => `version: 1
targets:
  nf: { provider: northflank, api: { url: "${url}", token: "\${env:NF_TOKEN}" } }
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
  builds:
    kind: northflank/notification
    target: nf
    spec: { name: Builds, type: RAW_WEBHOOK, webhook: "https://ci.example.com/x", events: ["trigger:build:*"] }
  local:
    kind: bellhop/integration
    target: house
    spec: { name: Local, type: RAW_WEBHOOK, webhook: "https://l.example.com/x", events: ["*"] }
${more}`;

  test("a target without its token is not looked at, and said to be", async () => {
    await declare(config("http://127.0.0.1:9"));
    const { code, out } = await cli("plan --exit-code --format json");
    expect(code).toBe(2);
    const plan = JSON.parse(out);
    expect(plan.changes).toMatchObject([{ op: "create", key: "local" }]);
    expect(plan.unknown).toEqual([
      {
        key: "builds",
        target: "nf",
        path: null,
        why: "not yet known: nf cannot be read without ${env:NF_TOKEN}",
      },
    ]);
  });

  test("with nothing else to do it counts as pending, since nobody knows", async () => {
    const { url } = await emulate();
    await declare(config(url));
    expect((await cli("apply --yes", { NF_TOKEN: "t" })).code).toBe(0);
    expect((await cli("plan --exit-code", { NF_TOKEN: "t" })).code).toBe(0);
    const fork = await cli("plan --exit-code");
    expect(fork.code).toBe(2);
    expect(fork.out).toContain("builds: not yet known: nf cannot be read without ${env:NF_TOKEN}");
  });

  test("what was removed, renamed or moved there cannot be judged either", async () => {
    const { url } = await emulate();
    await declare(config(url));
    await cli("apply --yes", { NF_TOKEN: "t" });
    await declare(
      config(url)
        .replace("  builds:\n", "  newer:\n    manage: { previously: [builds] }\n")
        .replace("name: Builds", "name: Newer"),
    );
    const renamed = JSON.parse((await cli("plan --format json")).out);
    expect(renamed).toMatchObject({ changes: [], blocked: [], unknown: [{ key: "newer" }] });
    await declare(config(url).replace(/ {2}builds:[\s\S]*?(?= {2}local:)/, ""));
    const removed = JSON.parse((await cli("plan --format json")).out);
    expect(removed).toMatchObject({ changes: [], blocked: [], unknown: [{ key: "builds", target: "nf" }] });
    await declare(
      config(url).replace(
        'kind: northflank/notification\n    target: nf\n    spec: { name: Builds, type: RAW_WEBHOOK, webhook: "https://ci.example.com/x", events: ["trigger:build:*"] }',
        'kind: bellhop/integration\n    target: house\n    spec: { name: Builds, type: RAW_WEBHOOK, webhook: "https://ci.example.com/x", events: ["*"] }',
      ),
    );
    const moved = JSON.parse((await cli("plan --format json")).out);
    expect(moved).toMatchObject({ changes: [], blocked: [], unknown: [{ key: "builds" }] });
  });

  test("destroy and apply say what is missing instead of leaving it out", async () => {
    const { url } = await emulate();
    await declare(config(url));
    await cli("apply --yes", { NF_TOKEN: "t" });
    const destroyed = await cli("destroy --yes");
    expect(destroyed.code).toBe(1);
    expect(destroyed.err).toContain("${env:NF_TOKEN} is not set");
    expect((await cli("apply --yes")).code).toBe(1);
  });
});

describe("a saved plan for an API", () => {
  const config = (url: string): string => `version: 1
targets: { nf: { provider: northflank, api: { url: "${url}", token: "\${env:NF_TOKEN}" } } }
integrations:
  builds:
    kind: northflank/notification
    spec: { name: Builds, type: RAW_WEBHOOK, webhook: "https://ci.example.com/x", events: ["trigger:build:*"] }
`;
  const refusedWith = async (token: string, why: string): Promise<void> => {
    const { code, err } = await cli("apply plan.json", { NF_TOKEN: token });
    expect(err).toContain(why);
    expect(code).toBe(6);
  };

  test("is sealed with the credentials before the first apply, and only they open it", async () => {
    const { url } = await emulate();
    await declare(config(url));
    await cli("plan --out plan.json", { NF_TOKEN: "token-one" });
    const file = join(cwd, "plan.json");
    const text = await readFile(file, "utf8");
    expect(JSON.parse(text)).toMatchObject({
      state: null,
      seal: { key: "credentials", salt: expect.any(String) },
    });
    expect(text).not.toContain("token-one");
    await refusedWith("token-two", "it is for another account: the credentials of nf are not those");
    const { seal, ...plan } = JSON.parse(text);
    const open = { ...plan, seal: { ...seal, key: "none", mac: null } };
    await writeFile(file, `${JSON.stringify(open, null, 2)}\n`);
    await refusedWith("token-one", "its seal was not made with this project's key");
    await writeFile(file, text);
    expect((await cli("apply plan.json", { NF_TOKEN: "token-one" })).code).toBe(0);
  });

  test("is for one account, later too", async () => {
    const { url } = await emulate();
    await declare(config(url));
    await cli("apply --yes", { NF_TOKEN: "token-one" });
    await declare(config(url).replace("name: Builds", "name: Nightly"));
    await cli("plan --out plan.json", { NF_TOKEN: "token-one" });
    await refusedWith("token-two", "it is for another account: the credentials of nf are not those");
    await cli("plan --out plan.json");
    await refusedWith("token-one", "it is for another account: it was made without the credentials of nf");
  });

  test("is for one place", async () => {
    const { url } = await emulate();
    await declare(config("${env:NF_URL}"));
    await runCli(["plan", "--out", "plan.json"], { cwd, env: { NF_TOKEN: "t", NF_URL: url } });
    const other = await runCli(["apply", "plan.json"], {
      cwd,
      env: { NF_TOKEN: "t", NF_URL: "http://127.0.0.1:9" },
    });
    expect(other.code).toBe(6);
    expect(other.err).toContain("it is for another target: nf is at place http://127.0.0.1:");
  });
});

/** plan --out and apply PLAN as people run them: a file that is not as it was written is refused with exit 6, and said why. */
import { createHash, createHmac } from "node:crypto";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeEach, describe, expect, test } from "vitest";
import planSchema from "../../schemas/plan.schema.json" with { type: "json" };
import { runCli } from "../support/cli.ts";
import {
  cli,
  declare,
  expectRefused,
  freshProject,
  path,
  pending,
  project,
  read,
  save,
} from "../support/saved-plans.ts";
import { SEVEN_KINDS, SEVEN_KINDS_SECRETS } from "../support/seven-kinds.ts";

freshProject();

describe("a saved plan", () => {
  test("is applied without asking, does what it says, and then it is stale", async () => {
    await pending();
    const saved = await cli("plan --out plan.json --exit-code");
    expect(saved).toMatchObject({ code: 2, err: "saved as plan.json; bellhop apply plan.json does it\n" });
    const applied = await cli("apply plan.json");
    expect(applied.err).toBe("");
    expect(applied.code).toBe(0);
    expect((await cli("plan --exit-code")).code).toBe(0);
    await expectRefused("it is stale: the state has been written since");
  });

  test("of a first apply works too, once", async () => {
    await declare(SEVEN_KINDS);
    const text = await save();
    expect(await readdir(project.cwd)).toEqual(["notifications.yaml", "plan.json"]);
    expect(JSON.parse(text)).toMatchObject({ state: null, values: null, seal: { key: "none", mac: null } });
    expect((await cli("apply plan.json --format json")).code).toBe(0);
    await expectRefused("it is stale: it was made before the first apply, and now there is a state");
  });

  test("holds what the schema says, no secret, and lives for a day", async () => {
    await pending();
    const before = Date.now();
    const text = await save();
    const plan = JSON.parse(text);
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(planSchema);
    validate(plan);
    expect(validate.errors).toBeNull();
    expect(Date.parse(plan.expiresAt) - Date.parse(plan.createdAt)).toBe(24 * 3_600_000);
    expect(Date.parse(plan.createdAt)).toBeGreaterThanOrEqual(before);
    expect(plan).toMatchObject({
      tool: { name: "bellhop", version: "0.0.0-test" },
      state: { serial: expect.any(Number) },
      targets: [
        { name: "acme", provider: "qovery", place: ".bellhop/store.json", scope: expect.any(String) },
        { name: "edge" },
        { name: "house" },
        { name: "nf" },
        { name: "shop" },
      ],
      seal: { key: "state" },
    });
    for (const secret of SEVEN_KINDS_SECRETS) expect(text).not.toContain(secret);
    const printed = JSON.parse((await cli("plan --format json")).out);
    expect(plan).toMatchObject(printed);
  });

  test("takes a lifetime", async () => {
    await declare(SEVEN_KINDS);
    const plan = JSON.parse(await save("plan --out plan.json --expires-in 90m"));
    expect(Date.parse(plan.expiresAt) - Date.parse(plan.createdAt)).toBe(90 * 60_000);
  });

  test("is the same file apart from its times when nothing has moved", async () => {
    await pending();
    const strip = (text: string): unknown => ({ ...JSON.parse(text), createdAt: 0, expiresAt: 0, seal: 0 });
    expect(strip(await save())).toEqual(strip(await save()));
  });

  test("of nothing to do is applied for nothing", async () => {
    await declare(SEVEN_KINDS);
    await cli("apply --yes");
    await save();
    expect((await cli("apply plan.json")).out).toContain("No changes");
  });

  test.for<[string, string, string]>([
    ["a lifetime of nothing", "plan --expires-in 2h", "none is saved"],
    [
      "a lifetime that is none",
      "plan --out p.json --expires-in soon",
      "--expires-in soon is not from 1m to 30d",
    ],
    ["a lifetime too short", "plan --out p.json --expires-in 1s", "is not from 1m to 30d"],
    ["a lifetime too long", "plan --out p.json --expires-in 31d", "is not from 1m to 30d"],
    ["a file twice", "plan --out p.json --output json=p.json", "name the same file"],
    ["its own configuration", "plan --out notifications.yaml", "would overwrite a file of the project"],
    ["its own state", "plan --out .bellhop/state.json", "would overwrite a file of the project"],
    ["its own store", "plan --out .bellhop/store.json", "would overwrite a file of the project"],
    [
      "an acknowledgement that is none",
      "apply plan.json --ack-deletes yes",
      "--ack-deletes takes the first 8",
    ],
    ["two plans", "apply plan.json plan.json", "too many arguments"],
  ])("is not saved or applied with %s", async ([, line, message]) => {
    await declare(SEVEN_KINDS);
    const { code, err } = await cli(line);
    expect(err).toContain(message);
    expect(code).toBe(64);
  });

  test.for([
    "state.json.previous",
    "state.json.journal",
    "state.json.lock",
    "state.json.damaged",
    "store.json.lock",
    "daemon.json",
    ...["", "-wal", "-shm", ".text", ".text-wal", ".text-shm"].map((end) => `bellhop.db${end}`),
    "../notifications.yaml",
    "../notifications.live.yaml",
    "../live.env",
  ])("does not take the place of %s, whatever its name", async (name) => {
    await declare(`${SEVEN_KINDS}\ndaemon: { database: .bellhop/bellhop.db }\n`);
    await writeFile(join(project.cwd, "notifications.live.yaml"), "version: 1\n");
    await writeFile(join(project.cwd, "live.env"), "NAME=value\n");
    await mkdir(join(project.cwd, ".bellhop"), { recursive: true });
    await symlink(join(project.cwd, ".bellhop"), join(project.cwd, "elsewhere"));
    const file = join(".bellhop", name);
    const real = join(project.cwd, file);
    if (!name.startsWith("../")) await writeFile(real, "kept");
    const before = await readFile(real, "utf8");
    const through = name.startsWith("../") ? file : join("elsewhere", name);
    for (const option of ["--out ", "--output json="]) {
      for (const path of [file, through]) {
        const { code, err } = await cli(`plan --overlay live --vars live.env ${option}${path}`);
        expect(err).toContain("would overwrite a file of the project");
        expect(code).toBe(64);
      }
    }
    expect(await readFile(real, "utf8")).toBe(before);
  });

  test("needs a name, and a place that can be written", async () => {
    await declare(SEVEN_KINDS);
    expect((await runCli(["plan", "--out", ""], project)).code).toBe(64);
    expect(await cli("plan --out notifications.yaml/plan.json")).toMatchObject({
      code: 1,
      err: expect.stringContaining("the plan notifications.yaml/plan.json cannot be written"),
    });
  });
});

type Json = { [name: string]: unknown };

/** The file with another content and a checksum that fits, as somebody without the key could write it. */
function forge(text: string, change: (plan: Json) => void, key?: string): string {
  const { seal, ...plan } = JSON.parse(text) as Json & { seal: Json };
  change(plan);
  const checksum = createHash("sha256").update(JSON.stringify(plan)).digest("hex");
  const mac =
    key === undefined
      ? seal["mac"]
      : createHmac("sha256", Buffer.from(key, "base64"))
          .update(JSON.stringify(["plan", "seal", checksum]))
          .digest("hex");
  return `${JSON.stringify({ ...plan, seal: { ...seal, checksum, mac } }, null, 2)}\n`;
}

const stateKey = async (): Promise<string> => JSON.parse(await read(".bellhop/state.json")).fingerprintKey;

describe("a file that is not as it was written", () => {
  let text = "";
  beforeEach(async () => {
    await pending();
    text = await save();
  });

  test("one byte of every class and place flipped", async () => {
    const bytes = Buffer.from(text);
    const classes: Record<string, RegExp> = {
      brace: /[{}]/,
      bracket: /[[\]]/,
      quote: /"/,
      colon: /:/,
      comma: /,/,
      digit: /[0-9]/,
      letter: /[a-z]/,
      capital: /[A-Z]/,
      blank: / /,
      "line break": /\n/,
      sign: /[-.+/]/,
      "more than one byte": /[^ -~\n]/,
    };
    for (const [name, pattern] of Object.entries(classes)) {
      const places = [...text.matchAll(new RegExp(pattern, "g"))].map(({ index }) => index);
      const chosen = [places[0], places[Math.floor(places.length / 2)], places.at(-1)];
      for (const place of chosen) {
        if (place === undefined) throw new Error(`there is no ${name}`);
        for (const bit of [0x01, 0x20, 0x80]) {
          const wrong = Buffer.from(bytes);
          wrong[Buffer.byteLength(text.slice(0, place))]! ^= bit;
          await writeFile(path("plan.json"), wrong);
          const { code, err } = await cli("apply plan.json");
          expect({ name, place, bit, code }).toEqual({ name, place, bit, code: 6 });
          expect(err).toMatch(
            /refused: it (is malformed|has been tampered with|was printed)|an unknown format/,
          );
        }
      }
    }
    await writeFile(path("plan.json"), bytes);
    expect((await cli("apply plan.json")).code).toBe(0);
  });

  test("every member removed, doubled, emptied or of another type", async () => {
    const plan = JSON.parse(text) as Json;
    for (const name of Object.keys(plan)) {
      const line = new RegExp(`^  ${JSON.stringify(name)}: `, "m");
      const variants: [string, string, RegExp][] = [
        [
          "removed",
          spell({ ...plan, [name]: undefined }),
          name === "formatVersion"
            ? /formatVersion is missing/
            : name === "seal"
              ? /its seal does not fit|seal is missing/
              : new RegExp(`${name} is missing`),
        ],
        [
          "doubled",
          text.replace(line, `  ${JSON.stringify(name)}: ${JSON.stringify(plan[name])},\n$&`),
          /tampered/,
        ],
        ["a text", spell({ ...plan, [name]: "x" }), new RegExp(`${name} is not what|unknown format`)],
        ["a number", spell({ ...plan, [name]: 7 }), new RegExp(`${name} is not what|unknown format`)],
        [
          "a list in a list",
          spell({ ...plan, [name]: [[]] }),
          new RegExp(`${name} is not what|unknown format|tampered`),
        ],
        ["null", spell({ ...plan, [name]: null }), new RegExp(`${name} is not what|unknown format|tampered`)],
      ];
      for (const [how, wrong, why] of variants) {
        await writeFile(path("plan.json"), wrong);
        const { code, err } = await cli("apply plan.json");
        expect({ name, how, code }).toEqual({ name, how, code: 6 });
        expect(err).toMatch(why);
      }
    }
  });

  test.for<[string, (text: string) => string, string]>([
    ["nothing in it", () => "", "it is malformed: it is empty"],
    ["no JSON", () => "plan", "it is malformed: it is not JSON"],
    ["cut off", (one) => one.slice(0, -40), "it is malformed: it is not JSON, or cut off"],
    ["a list", (one) => `[${one}]`, "it is malformed: it is not an object"],
    ["a second plan behind it", (one) => one + one, "it is malformed: it is not JSON"],
    ["another spelling of the same", (one) => JSON.stringify(JSON.parse(one)), "its seal does not fit"],
    ["a byte order mark", (one) => `\uFEFF${one}`, "it is malformed: it is not JSON"],
    ["other line breaks", (one) => one.replaceAll("\n", "\r\n"), "its seal does not fit"],
    [
      "an added member",
      (one) => one.replace("{", '{\n  "force": true,'),
      'it has a member too many, "force"',
    ],
    [
      "an added inner member",
      (one) => one.replace('"tool": {', '"tool": {\n    "force": true,'),
      "its seal does not fit",
    ],
    [
      "a later format",
      (one) => one.replace('"formatVersion": 1', '"formatVersion": 2'),
      "its format version is 2, an unknown format",
    ],
    ["a digest that is another", (one) => spell({ ...JSON.parse(one), digest: "0".repeat(64) }), "tampered"],
    ["no seal", (one) => spell({ ...JSON.parse(one), seal: undefined }), "seal is missing"],
  ])("%s", async ([, change, why]) => {
    await writeFile(path("plan.json"), change(text));
    await expectRefused(why);
  });

  test("JSON that was printed is not a saved plan", async () => {
    await writeFile(path("plan.json"), (await cli("plan --format json")).out);
    await expectRefused("it was printed, not saved: it has no seal");
  });

  test("no UTF-8, a folder, nothing there, no name", async () => {
    await writeFile(path("plan.json"), Buffer.concat([Buffer.from(text), Buffer.from([0xff])]));
    await expectRefused("it is malformed: it is not UTF-8");
    for (const args of [
      ["apply", ""],
      ["apply", "."],
      ["apply", "absent.json"],
    ]) {
      const { code, err } = await runCli(args, project);
      expect(err).toContain("it cannot be read");
      expect(code).toBe(6);
    }
  });

  test.for<[string, (plan: Json) => void, string]>([
    [
      "a later expiry",
      (plan) => (plan["expiresAt"] = "2999-01-01T00:00:00.000Z"),
      "its seal was not made with this project's key",
    ],
    ["a change less", (plan) => (plan["changes"] as unknown[]).pop(), "its digest does not fit its changes"],
  ])("forged with a checksum that fits: %s", async ([, change, why]) => {
    await writeFile(path("plan.json"), forge(text, change));
    await expectRefused(why);
  });

  test.for<[string, (seal: Json) => void]>([
    ["without a key", (seal) => Object.assign(seal, { key: "none", mac: null })],
    [
      "with the key of credentials",
      (seal) => Object.assign(seal, { key: "credentials", salt: "AAAAAAAAAAAAAAAAAAAAAA==" }),
    ],
    ["with a made-up seal", (seal) => Object.assign(seal, { mac: "0".repeat(64) })],
    ["without a seal", (seal) => Object.assign(seal, { mac: null })],
  ])("sealed %s", async ([, change]) => {
    const plan = JSON.parse(text) as Json & { seal: Json };
    change(plan.seal);
    await writeFile(path("plan.json"), spell(plan));
    await expectRefused("its seal was not made with this project's key");
  });

  const HOUR = 3_600_000;
  test.for<[string, (plan: Json) => void, string]>([
    [
      "expired",
      (plan) => (plan["expiresAt"] = new Date(Date.now() - 1).toISOString()),
      "it has expired, at ",
    ],
    [
      "from the future",
      (plan) => (plan["createdAt"] = new Date(Date.now() + HOUR).toISOString()),
      "it was made in the future",
    ],
    [
      "of another version",
      (plan) => (plan["tool"] = { name: "bellhop", version: "9.9.9" }),
      "another version made it: bellhop 9.9.9, and this is 0.0.0-test",
    ],
    [
      "of another tool",
      (plan) => (plan["tool"] = { name: "terraform", version: "0.0.0-test" }),
      "another version made it: terraform",
    ],
    [
      "of another state",
      (plan) => (plan["state"] = { ...(plan["state"] as Json), lineage: "other" }),
      "it was made for another state: the state here is another one",
    ],
    [
      "of an earlier state",
      (plan) => (plan["state"] = { ...(plan["state"] as Json), serial: 0 }),
      "it is stale: the state has been written since (serial 0 then",
    ],
    ["of no state", (plan) => (plan["state"] = null), "it is stale: it was made before the first apply"],
    [
      "of another configuration",
      (plan) => (plan["config"] = { digest: "0".repeat(64) }),
      "it was made from another configuration",
    ],
    [
      "of another store",
      (plan) => Object.assign((plan["targets"] as Json[])[0]!, { place: "else.json" }),
      "it is for another target: acme is at place else.json, and here at .bellhop/store.json",
    ],
    [
      "of another provider",
      (plan) => Object.assign((plan["targets"] as Json[])[0]!, { provider: "northflank" }),
      "it is for another target: acme is at provider northflank",
    ],
    [
      "of another scope",
      (plan) => Object.assign((plan["targets"] as Json[])[0]!, { scope: null }),
      "it is for another target: acme is at scope none",
    ],
    [
      "of one target more",
      (plan) => (plan["targets"] as Json[]).push({ ...(plan["targets"] as Json[])[0], name: "more" }),
      "there is no target more here",
    ],
    ["of one target less", (plan) => (plan["targets"] as Json[]).pop(), "it does not know the target shop"],
    [
      "of other credentials",
      (plan) => Object.assign((plan["targets"] as Json[])[0]!, { credentials: "0".repeat(64) }),
      "it is for another account: the credentials of acme",
    ],
    [
      "of other values",
      (plan) => (plan["values"] = "0".repeat(64)),
      "it is stale: a value that would be sent is not the one that was planned",
    ],
  ])("with a seal that fits: %s", async ([, change, why]) => {
    await writeFile(path("plan.json"), forge(text, change, await stateKey()));
    await expectRefused(why);
  });

  test("is stale for another version and runs with its own", async () => {
    await expectRefused("another version made it: bellhop 0.0.0-test, and this is 0.0.1", {
      version: "0.0.1",
    });
    expect((await cli("apply plan.json")).code).toBe(0);
  });
});

const spell = (plan: Json): string => `${JSON.stringify(plan, null, 2)}\n`;

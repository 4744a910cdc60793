/** The state's lock and its rebuilding, as a person meets them. */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { openFileState } from "../../src/state/file.ts";
import type { StateData } from "../../src/state/contract.ts";
import { emulate } from "../emulator/support.ts";
import type { CliResult, CliSetup } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import {
  SEVEN_KINDS,
  SEVEN_KINDS_ENV,
  SEVEN_KINDS_SECRETS,
  withoutIntegration,
} from "../support/seven-kinds.ts";
import { stateServer } from "../support/state-server.ts";
import { tempDir } from "../support/temp.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await tempDir();
  await declare(SEVEN_KINDS);
});

const declare = (yaml: string): Promise<void> => writeFile(join(cwd, "notifications.yaml"), yaml);
const cli = (line: string, over: Partial<CliSetup> = {}): Promise<CliResult> =>
  runCli(line.split(" "), { cwd, env: SEVEN_KINDS_ENV, ...over });
const stateFile = (): string => join(cwd, ".bellhop", "state.json");
const readState = async (): Promise<StateData | undefined> => openFileState(stateFile()).read();

describe("two applies at once", () => {
  test("the second says who holds the state, since when, and how to take it; then it is taken", async () => {
    const holder = await openFileState(stateFile()).lock({ operation: "bellhop apply", waitMs: 0 });
    const { id, who, created } = holder.info;
    for (const line of ["apply --yes", "destroy --yes", "state rebuild"]) {
      const refused = await cli(`${line} --lock-timeout 0s`);
      expect(refused).toMatchObject({ code: 1, out: "" });
      expect(refused.err).toContain(
        `is locked: bellhop apply by ${who} (process ${process.pid}) since ${created}`,
      );
      expect(refused.err).toContain(`bellhop state unlock ${id}`);
    }
    expect((await cli("plan")).code).toBe(0);
    expect((await cli("state unlock wrong")).code).toBe(1);
    const unlocked = await cli(`state unlock ${id}`);
    expect(unlocked).toMatchObject({
      code: 0,
      err: expect.stringContaining(`held by bellhop apply by ${who}`),
    });
    expect((await cli("apply --yes --lock-timeout 0s")).code).toBe(0);
    expect((await cli(`state unlock ${id}`)).err).toContain("is not locked");
  });

  test("both come through, one after the other, and nothing is made twice", async () => {
    const both = await Promise.all([cli("apply --yes"), cli("apply --yes")]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ out }) => out.includes("Applied: 7 created."))).toHaveLength(1);
    const { records } = JSON.parse(await readFile(join(cwd, ".bellhop/store.json"), "utf8"));
    expect(records).toHaveLength(7);
  });

  test("a holder that is dead is noticed", async () => {
    await mkdir(join(cwd, ".bellhop"));
    const dead = {
      pid: 2 ** 30,
      host: hostname(),
      started: 1,
      id: "1",
      who: "ana@here",
      operation: "bellhop apply",
    };
    await writeFile(`${stateFile()}.lock`, JSON.stringify({ ...dead, created: "2026-01-02" }));
    const applied = await cli("apply --yes --lock-timeout 0s");
    expect(applied.code).toBe(0);
    expect(applied.err).toContain("from a dead process: bellhop apply by ana@here");
    expect(await readdir(join(cwd, ".bellhop"))).not.toContain("state.json.lock");
  });

  test("a --lock-timeout that is no duration is wrong usage", async () => {
    expect((await cli("apply --yes --lock-timeout soon")).code).toBe(64);
  });
});

describe("a state at a URL", () => {
  test("is locked, written and read by apply, and its credentials are shown nowhere", async () => {
    const server = await stateServer();
    const url = server.url.replace("://", "://ci:${env:STATE_PASSWORD}@");
    await declare(SEVEN_KINDS.replace("version: 1", `version: 1\nstate: "${url}"`));
    const env = { ...SEVEN_KINDS_ENV, STATE_PASSWORD: "state-password" };
    const printed: string[] = [];
    for (const line of ["apply --yes", "plan --exit-code", "state rebuild --yes", "destroy --yes"]) {
      const { code, out, err } = await cli(line, { env });
      expect({ line, code, err }).toMatchObject({ line, code: 0 });
      printed.push(out, err);
    }
    expect(await readdir(join(cwd, ".bellhop"))).toEqual(["store.json"]);
    server.lock = '{"ID":"7","Operation":"OperationTypeApply","Who":"bo@ci","Created":"2026-01-02"}';
    const refused = await cli("apply --yes --lock-timeout 0s", { env });
    expect(refused.err).toContain("OperationTypeApply by bo@ci since 2026-01-02");
    expect((await cli("state unlock 7", { env })).code).toBe(0);
    printed.push(refused.err, server.body);
    expect(printed.join("\n")).not.toContain("state-password");
    for (const secret of SEVEN_KINDS_SECRETS) expect(printed.join("\n")).not.toContain(secret);
    expect(server.requests[0]?.auth).toBe(`Basic ${Buffer.from("ci:state-password").toString("base64")}`);
  });
});

/** What must be the same after rebuilding. */
const comparable = (state: StateData | undefined): unknown =>
  Object.values(state?.inventory ?? {})
    .map((entry) => ({ ...entry, secrets: undefined }))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1));

describe("state rebuild", () => {
  test("finds everything in a store by its keys, and the plan is empty but for what cannot be read", async () => {
    await cli("apply --yes");
    const before = await readState();
    await rm(join(cwd, ".bellhop", "state.json"));
    const rebuilt = await cli("state rebuild");
    expect(rebuilt).toMatchObject({ code: 0, out: expect.stringContaining("The state has 7 integrations.") });
    expect(comparable(await readState())).toEqual(comparable(before));
    expect((await cli("apply --yes")).code).toBe(0);
    expect((await cli("plan --exit-code")).code).toBe(0);
    expect((await readState())?.inventory).not.toEqual(before?.inventory);
  });

  test("finds everything at the APIs by names and content, and changes nothing there", async () => {
    const emulator = await emulate({ rateLimits: "off" });
    const api = `api: { url: "${emulator.url}", token: any }`;
    await declare(
      SEVEN_KINDS.replaceAll("store: .bellhop/store.json", api).replace(
        `provider: bellhop, ${api}`,
        "provider: bellhop, store: .bellhop/store.json",
      ),
    );
    expect((await cli("apply --yes")).code).toBe(0);
    const before = await readState();
    const records = await emulator.store.read();
    await writeFile(stateFile(), "{ damaged");
    const rebuilt = await cli("state rebuild");
    expect(rebuilt.code).toBe(0);
    expect(rebuilt.err).toContain("it is made anew");
    expect(await emulator.store.read()).toEqual(records);
    expect(comparable(await readState())).toEqual(comparable(before));
  });

  test("does not replace a good state unasked, and says what it would forget", async () => {
    await cli("apply --yes");
    const before = await readFile(stateFile(), "utf8");
    await declare(withoutIntegration(SEVEN_KINDS, "builds"));
    const refused = await cli("state rebuild");
    expect(refused).toMatchObject({ code: 64, out: "" });
    expect(refused.err).toContain("there is a good state with 7 integrations; it would forget builds");
    expect((await cli("state rebuild", { answers: ["no"] })).code).toBe(1);
    expect(await readFile(stateFile(), "utf8")).toBe(before);
    const agreed = await cli("state rebuild --format json", { answers: ["yes"] });
    const printed = JSON.parse(agreed.out);
    expect(printed).toMatchObject({ missing: [], ambiguous: [], undeclared: [{ key: "builds" }] });
    expect(printed.found).toHaveLength(6);
    const after = await readState();
    expect(after?.lineage).toBe(JSON.parse(before).lineage);
    expect(Object.keys(after?.inventory ?? {})).not.toContain("builds");
  });

  test("lists what is not there and what may be several, and exits 5", async () => {
    const emulator = await emulate({ rateLimits: "off" });
    await declare(`version: 1
targets:
  edge: { provider: cloudflare, accountId: 023e105f4ecef8ad9ca31a8372d0c353, api: { url: "${emulator.url}", token: any } }
integrations:
  one: { kind: cloudflare/webhook, spec: { name: Twin, url: "https://twin.example.com/x" } }
  two: { kind: cloudflare/webhook, spec: { name: Other, url: "https://other.example.com/x" } }
`);
    const body = { name: "Twin", url: "https://twin.example.com/x" };
    const path = "/client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/alerting/v3/destinations/webhooks";
    await emulator.call("POST", path, { body });
    await emulator.call("POST", path, { body });
    const rebuilt = await cli("state rebuild");
    expect(rebuilt.code).toBe(5);
    expect(rebuilt.out).toContain("one: ambiguous, left out:");
    expect(rebuilt.out).toContain("two: not found; apply will create it");
  });
});

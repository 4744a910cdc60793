/** Two teams behind one API, told apart by their tokens alone: what is in one is not in the other. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../../src/emulator/server.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { runCli } from "../support/cli.ts";
import { listen } from "../support/receiver.ts";
import { tempDir } from "../support/temp.ts";

async function team(): Promise<{ readonly url: string; readonly store: Store }> {
  const store = openMemoryStore();
  const options = { listen: "127.0.0.1:0", emulators, kinds: kindSpecs, store, rateLimits: "off" } as const;
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.close());
  return { url: emulator.url, store };
}

/** One origin that hands every request on to the team of its token. */
const origin = (teams: Readonly<Record<string, string>>): Promise<string> =>
  listen((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    request.on("end", () => {
      const { authorization = "" } = request.headers;
      const base = teams[authorization.replace("Bearer ", "")] ?? "";
      const { method = "GET" } = request;
      const body = text === "" ? {} : { body: text };
      void fetch(`${base}${request.url ?? ""}`, { method, headers: { authorization }, ...body }).then(
        async (answer) => {
          response.writeHead(answer.status, { "content-type": "application/json" });
          response.end(await answer.text());
        },
      );
    });
  });

test("the same name and id in two teams are two objects", async () => {
  const [one, two] = [await team(), await team()];
  const url = await origin({ "token-one": one.url, "token-two": two.url });
  const cwd = await tempDir();
  const target = (token: string): string =>
    `{ provider: northflank, api: { url: "${url}", token: ${token} } }`;
  const builds = (place: string): string =>
    `{ kind: northflank/notification, target: ${place}, spec: { name: Builds, type: RAW_WEBHOOK, webhook: "https://e.example/${place}", events: ["trigger:build:start"] } }`;
  const write = (...integrations: readonly string[]): Promise<void> =>
    writeFile(
      path.join(cwd, "notifications.yaml"),
      `version: 1
targets:
  one: ${target("token-one")}
  two: ${target("token-two")}
integrations:
${integrations.map((line) => `  ${line}\n`).join("")}`,
    );
  const cli = (line: string) => runCli(line.split(" "), { cwd });
  const ids = async ({ store }: typeof one): Promise<readonly string[]> =>
    (await store.read()).map(({ id }) => id);

  await write(`a: ${builds("one")}`, `b: ${builds("two")}`);
  expect((await cli("apply --yes")).out).toContain("Applied: 2 created.");
  expect([await ids(one), await ids(two)]).toEqual([["builds"], ["builds"]]);
  expect((await cli("plan --exit-code")).code).toBe(0);

  await write(`a: ${builds("two")}`);
  const moved = await cli("plan --format json");
  const changes = JSON.parse(moved.out).changes as { op: string; key: string; target: string }[];
  // What is in the other team is another object: it cannot have moved there.
  expect(changes.filter(({ key, op }) => key === "a" && op === "update")).toEqual([]);

  await two.store.write((records) => void records.splice(0));
  await write(`a: ${builds("one")}`, `b: ${builds("two")}`);
  expect((await cli("apply --yes")).out).toContain("Applied: 1 created.");
  expect([await ids(one), await ids(two)]).toEqual([["builds"], ["builds"]]);
});

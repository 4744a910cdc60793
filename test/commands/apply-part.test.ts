/** An apply that came to a part of what it was to do: exit 5, what was done is told, and the next one does the rest. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { emulate } from "../emulator/support.ts";
import { cli, declare, freshProject, path, project, read } from "../support/saved-plans.ts";
import { SEVEN_KINDS } from "../support/seven-kinds.ts";
import { stateServer } from "../support/state-server.ts";

freshProject();

describe("a state that cannot be written once an object is made", () => {
  test("is told in every format, and the next apply converges", async () => {
    const server = await stateServer();
    await declare(SEVEN_KINDS.replace("version: 1", `version: 1\nstate: "${server.url}"`));
    server.meddle = (request, response) => {
      if (request.method !== "POST" || !existsSync(path(".bellhop/store.json"))) return false;
      response.writeHead(500).end();
      return true;
    };
    const files = ["human=out.txt", "markdown=out.md", "github=out.log"].map((file) => `--output ${file}`);
    const { code, out, err } = await cli(`apply --yes --format json ${files.join(" ")}`);
    expect({ code, err }).toMatchObject({
      code: 5,
      err: expect.stringContaining("error: what was done is not all recorded"),
    });
    expect(err).toContain("run it again");
    const { outcome, results } = JSON.parse(out);
    const words = `Applied: ${outcome.applied} created`;
    expect(await read("out.txt")).toContain(words);
    expect(await read("out.md")).toContain(words);
    expect(await read("out.log")).not.toBe("");
    expect(outcome.applied).toBeGreaterThan(0);
    const policy = results.find((result: { key: string }) => result.key === "attacks");
    expect(policy.status).toBe("skipped");
    expect(server.lock).toBeUndefined();
    expect(JSON.parse(await read(".bellhop/store.json")).records).toHaveLength(outcome.applied);

    server.meddle = () => false;
    const again = await cli("apply --yes");
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(await read(".bellhop/store.json")).records).toHaveLength(7);
    expect((await cli("plan --exit-code")).code).toBe(0);
  });

  test("that cannot be written before is an error, and nothing is done", async () => {
    const server = await stateServer();
    await declare(SEVEN_KINDS.replace("version: 1", `version: 1\nstate: "${server.url}"`));
    server.meddle = (request, response) => {
      if (request.method === "POST") response.writeHead(500).end();
      return request.method === "POST";
    };
    expect(await cli("apply --yes")).toMatchObject({ code: 1, out: "" });
    expect(existsSync(path(".bellhop/store.json"))).toBe(false);
  });
});

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
};

/** An API in front of another one; while `refuses` it takes no creation. */
async function refusing(behind: string): Promise<{ url: string; refuses: boolean }> {
  const it = { url: "", refuses: false };
  const server = createServer((request, response) => {
    void (async () => {
      const { method = "", url = "", headers } = request;
      const body = await bodyOf(request);
      if (it.refuses && method === "POST") {
        response.writeHead(422, { "content-type": "application/json" });
        return response.end('{"error":{"message":"no room"}}');
      }
      const answer = await fetch(behind + url, {
        method,
        headers: { authorization: String(headers.authorization), "content-type": "application/json" },
        ...(body === "" ? {} : { body }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" });
      return response.end(await answer.text());
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(it, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

test("a replacement that has deleted and not created is exit 5, and says so", async () => {
  const { url, stored } = await emulate({ rateLimits: "off" });
  const api = await refusing(url);
  project.env = { ...project.env, TOKEN: "t-1" };
  const builds = (secret: string): string => `version: 1
targets:
  nf: { provider: northflank, api: { url: "${api.url}", token: "\${env:TOKEN}" } }
integrations:
  builds:
    kind: northflank/notification
    spec:
      name: Builds
      type: RAW_WEBHOOK
      webhook: https://ci.example.com/hooks/northflank-path
      ${secret}
      events: ["trigger:build:*"]
`;
  await declare(builds("secret: s-1"));
  expect(await cli("apply --yes")).toMatchObject({ code: 0 });
  await declare(builds(""));
  api.refuses = true;
  const { code, out, err } = await cli("apply --yes");
  expect({ out, err }).toMatchObject({ out: expect.stringContaining("replace failed:") });
  expect(out).toContain("the old object is deleted and the new one is not there yet: ");
  expect(err).toContain("1 failed (1 with the old object deleted)");
  expect(code).toBe(5);
  expect(await stored("northflank/notification")).toEqual([]);
  api.refuses = false;
  expect(await cli("apply --yes")).toMatchObject({ code: 0, out: expect.stringContaining("1 created") });
  expect(await stored("northflank/notification")).toHaveLength(1);
});

/** No secret in what is kept of an apply: the state in a file or at a server, its journal in mid-call, its lock; nor in what shows them. */
import { readFile, writeFile } from "node:fs/promises";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { emulate } from "../emulator/support.ts";
import { FORMATS, SCOPES, everyPlan, integrations, newRun, values } from "../support/canary-run.ts";
import type { Run } from "../support/canary-run.ts";
import { findCanaries, urlCanary } from "../support/canary.ts";
import { stateServer } from "../support/state-server.ts";

const HOUSE = "  house: { provider: bellhop, store: .bellhop/store.json }\n";

/** Every API behind a gateway that looks at what is kept while a call is under way. */
async function watched(upstream: string, look: () => Promise<void>): Promise<string> {
  const server = createServer((request, response) => {
    void look().then(() => {
      const { method, url, headers } = request;
      const onward = send(`${upstream}${url ?? ""}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const project = (url: string, state: string): string => `version: 1
${state}targets:
${HOUSE}  nf: { provider: northflank, api: { url: "${url}", token: "\${env:TOKEN}" } }
  shop: { provider: scalingo, app: storefront, api: { url: "${url}", token: "\${env:TOKEN}" } }
  acme: { provider: qovery, ${SCOPES.qovery}, api: { url: "${url}", token: "\${env:TOKEN}" } }
  edge: { provider: cloudflare, ${SCOPES.cloudflare}, api: { url: "${url}", token: "\${env:TOKEN}" } }
integrations:${integrations(false)}`;

async function everyStateCommand(it: Run, env: Record<string, string>): Promise<void> {
  for (const format of ["human", "json"]) {
    await it.run(`state list --format ${format}`, env);
    await it.run(`state rebuild --yes --format ${format}`, env);
    for (const key of ["generic", "slack", "builds", "shop", "env-hook", "on-call", "attacks"]) {
      await it.run(`state show ${key} --format ${format}`, env);
    }
  }
  await it.run("state show nope", env);
  await it.run("state unlock nope", env);
}

test.for(["file", "server"])("with the state in a %s", { timeout: 180_000 }, async (side) => {
  const [old, now] = [values("old", "https://h.example.com"), values("new", "https://h.example.com")];
  const [token, password] = [urlCanary("token"), urlCanary("state-password")];
  const canaries = { ...old.canaries, ...now.canaries, token, password };
  const it = await newRun({ TOKEN: token, STATE_PASSWORD: password });
  const emulator = await emulate({ rateLimits: "off" });
  const remote = await stateServer();
  const kept = (name: string): Promise<string> =>
    readFile(join(it.cwd, ".bellhop", name), "utf8").catch(() => "");
  let journals = 0;
  let locks = 0;
  const url = await watched(emulator.url, async () => {
    const texts =
      side === "server"
        ? { journal: remote.body, lock: remote.lock ?? "" }
        : { journal: await kept("state.json.journal"), lock: await kept("state.json.lock") };
    if (texts.journal.includes('"intent"')) journals += 1;
    if (texts.lock !== "") locks += 1;
    for (const [name, text] of Object.entries(texts)) it.collect(`${name} in mid-call`, text);
  });
  const at = remote.url.replace("://", "://ci:${env:STATE_PASSWORD}@");
  const file = project(url, side === "server" ? `state: "${at}"\n` : "");
  const path = join(it.cwd, "notifications.yaml");
  await writeFile(path, file);
  expect(await it.run("apply --yes", old.env)).toBe(0);
  await everyPlan(it, now.env);
  for (const format of FORMATS) {
    await writeFile(path, file.replace("name: Generic", `name: Generic ${format}`));
    expect(await it.run(`apply --yes --format ${format}`, format === "json" ? old.env : now.env)).toBe(0);
  }
  // A holder that lives: every message names it.
  const holder = JSON.stringify({
    ID: "1",
    id: "1",
    Who: "bo@ci",
    who: "bo@ci",
    pid: process.pid,
    host: "elsewhere",
    started: 1,
  });
  if (side === "server") remote.lock = holder;
  else await writeFile(join(it.cwd, ".bellhop/state.json.lock"), holder);
  for (const line of ["apply --yes", "destroy --yes", "state rebuild --yes", "state rm generic", "import nf"])
    await it.run(`${line} --lock-timeout 0s`, now.env);
  expect(await it.run("state unlock 1", now.env)).toBe(0);
  await everyStateCommand(it, now.env);
  expect(await it.run("state rm builds", now.env)).toBe(0);
  await writeFile(path, file.replace(/ {2}builds:\n.*\n.*\n/, ""));
  // Standard output of an import has the variables in place of what they stand for.
  expect(await it.run("import nf --vars imported.vars", now.env)).toBe(0);
  expect(await it.run("import nf --write imported.yaml", now.env)).toBe(0);
  it.collect("the state of the server", remote.body);
  for (const { path: asked, body } of remote.requests) it.collect(`request ${asked}`, body);
  await it.collectFiles();
  expect(await it.run("destroy --yes", now.env)).toBe(0);
  await it.collectFiles();
  expect(findCanaries(canaries, it.artefacts)).toEqual([]);
  expect({ journals: journals > 10, locks: locks > 10 }).toEqual({ journals: true, locks: true });
});

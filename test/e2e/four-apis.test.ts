/**
 * Emulator and daemon as two processes over one store: what a client of any of the four APIs creates is delivered for, by that
 * provider's contract, and no more once the client has deleted it. The clients are the providers' own.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { ApiClient, ApiClientInMemoryContextProvider } from "@northflank/js-client";
import Cloudflare from "cloudflare";
import type * as Qovery from "qovery-typescript-axios";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../support/receiver.ts";

const require = createRequire(import.meta.url);
const { Configuration, OrganizationWebhookApi }: typeof Qovery = require("qovery-typescript-axios");
const scalingo = require("scalingo");

const ORGANISATION = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";
const cli = path.join(import.meta.dirname, "../../dist/cli.js");

/** A command that runs until the test ends; answers with the address that it prints. */
async function start(cwd: string, args: readonly string[], ready: RegExp): Promise<string> {
  const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  let output = "";
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      const found = ready.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => reject(new Error(`it ended: ${output}`)));
  });
}

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // oxlint-disable-next-line typescript/no-explicit-any -- the test says what it expects of it
  readonly body: any;
}

async function receive(): Promise<{ readonly url: string; readonly all: readonly Received[] }> {
  const all: Received[] = [];
  const url = await listen((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    request.on("end", () => {
      all.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(text) });
      response.end("ok");
    });
  });
  return { url, all };
}

/** Creates one of everything; answers with what deletes it again. */
async function create(api: string, receiver: string): Promise<() => Promise<void>> {
  const context = new ApiClientInMemoryContextProvider();
  context.addContext({ name: "test", token: "any", host: api });
  const northflank = new ApiClient(context, { throwErrorOnHttpErrorCode: true });
  const builds = await northflank.create.notification({
    parameters: { notificationId: "-" },
    data: {
      name: "Builds",
      type: "RAW_WEBHOOK",
      webhook: `${receiver}/northflank`,
      secret: "nf-secret",
      events: { "trigger:build:start": true },
    },
  });

  const origins = { apiUrl: api, authApiUrl: api };
  const bearer: string = await new scalingo.Client("", origins).Tokens.exchange("tk-us-any");
  const shop = new scalingo.Client(bearer, origins);
  const idOf = (list: { id: string; name: string }[], name: string) =>
    list.find((one) => one.name === name)?.id;
  const deploys = await shop.Notifiers.create("storefront", {
    name: "Deploys",
    platform_id: idOf(await shop.NotificationPlatforms.list(), "webhook"),
    selected_event_ids: [idOf(await shop.Events.listEventTypes(), "app_deployed")],
    type_data: { webhook_url: `${receiver}/scalingo` },
  });

  const qovery = new OrganizationWebhookApi(new Configuration({ accessToken: "any", basePath: api }));
  const failures = await qovery.createOrganizationWebhook(ORGANISATION, {
    kind: "STANDARD",
    target_url: `${receiver}/qovery`,
    target_secret: "qo-secret",
    events: ["DEPLOYMENT_FAILURE"],
    project_names_filter: ["web-*"],
  });

  const { alerting } = new Cloudflare({ apiToken: "any", baseURL: `${api}/client/v4` });
  const account_id = ACCOUNT;
  const { id: destination = "" } = await alerting.destinations.webhooks.create({
    account_id,
    name: "On call",
    url: `${receiver}/cloudflare`,
    secret: "cf-secret",
  });
  const { id: policy = "" } = await alerting.policies.create({
    account_id,
    name: "Certificates",
    alert_type: "universal_ssl_event_type",
    enabled: true,
    mechanisms: { webhooks: [{ id: destination }] },
  });

  return async () => {
    await northflank.delete.notification({ parameters: { notificationId: builds.data.id } });
    await shop.Notifiers.destroy("storefront", deploys.id);
    await qovery.deleteOrganizationWebhook(ORGANISATION, failures.data.id);
    await alerting.policies.delete(policy, { account_id });
    await alerting.destinations.webhooks.delete(destination, { account_id });
  };
}

/** What happens, as the four platforms write it; what is not asked for among it. */
const eventsOf = (run: string): readonly object[] => {
  const build = (event: string) => ({
    event,
    data: { build: { id: run }, service: { id: "web" }, project: { id: "shop" } },
  });
  const deployment = (app: string) => ({
    id: `${run}-${app}`,
    created_at: "2026-01-02T03:04:05.000+01:00",
    user: { username: "johndoe", email: "john@doe.com", id: "us-1" },
    app_id: "5343eccd646173000a140000",
    app_name: app,
    type: "deployment",
    type_data: { deployment_id: run, status: "success" },
  });
  const failure = (project: string) => ({
    created_at: "2026-01-02T03:04:05Z",
    event_type: "DEPLOYMENT_FAILURE",
    payload_type: "DEPLOYMENT",
    payload_id: `${run}-${project}`,
    payload: {
      id: run,
      organization: { id: ORGANISATION },
      project: { id: "p", name: project },
      environment: {},
    },
  });
  const alert = {
    name: "On call",
    text: `Certificate ${run}`,
    data: { run },
    ts: 1767323045,
    account_id: ACCOUNT,
    alert_type: "universal_ssl_event_type",
    alert_correlation_id: run,
  };
  return [
    build("build:start"),
    build("build:success"),
    deployment("storefront"),
    deployment("elsewhere"),
    failure("web-shop"),
    failure("backoffice"),
    alert,
  ];
};

const PLACES = ["/northflank", "/scalingo", "/qovery", "/cloudflare"];

test("what the official clients create, the daemon delivers for", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-four-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const receiver = await receive();
  let runs = 0;
  const store = "store: .bellhop/store.json";
  writeFileSync(
    path.join(folder, "notifications.yaml"),
    `version: 1
targets:
  nf: { provider: northflank, ${store} }
  shop: { provider: scalingo, ${store} }
  acme: { provider: qovery, ${store} }
  edge: { provider: cloudflare, ${store} }
  house: { provider: bellhop, ${store} }
integrations:
  everything:
    kind: bellhop/integration
    manage: { confirm: false }
    spec: { name: Everything, type: RAW_WEBHOOK, webhook: "${receiver.url}/everything" }
daemon: { listen: "127.0.0.1:0", sources: [{ http: /events }], egress: { allow: [127.0.0.0/8] } }
`,
  );
  const api = await start(
    folder,
    ["emulate", "--listen", "127.0.0.1:0", "--store", ".bellhop/store.json"],
    /at (http:\S+)/,
  );
  const daemon = await start(folder, ["daemon"], /"url":"([^"]+)".*"msg":"ready"/);
  const at = (place: string): readonly Received[] => receiver.all.filter((one) => one.path === place);
  const emit = async (run: string): Promise<void> => {
    const lines = eventsOf(run).map((event) => `${JSON.stringify(event)}\n`);
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await fetch(`${daemon}/events`, { method: "POST", headers, body: lines.join("") });
    expect(answer.status).toBeLessThan(300);
    // It takes everything: once it has all of a run, what there is to deliver has been found.
    const seen = (): number =>
      at("/everything").filter(({ body }) => JSON.stringify(body).includes(run)).length;
    await expect.poll(seen, { timeout: 30_000 }).toBe(lines.length);
  };
  await expect.poll(async () => (await fetch(`${daemon}/readyz`)).status, { timeout: 30_000 }).toBe(200);

  const remove = await create(api, receiver.url);
  // Each is confirmed once the daemon has seen it: what is created is a change of the store that it follows.
  for (const place of PLACES) await expect.poll(() => at(place).length, { timeout: 30_000 }).toBe(1);
  const confirmed = receiver.all.length;
  const delivered = (place: string): readonly Received[] =>
    receiver.all.slice(confirmed).filter((one) => one.path === place);
  // Nothing tells when it has seen the policy, which the destination's confirmation does not wait for.
  const reached = async (): Promise<readonly string[]> => {
    await emit(`run-${(runs += 1)}.`);
    return PLACES.filter((place) => delivered(place).length > 0);
  };
  await expect.poll(reached, { timeout: 60_000 }).toEqual(PLACES);
  expect(delivered("/northflank")[0]).toMatchObject({
    headers: {
      "x-northflank-notification-integration-id": "builds",
      "x-northflank-notification-integration-name": "Builds",
      "x-northflank-notification-integration-token": "nf-secret",
      "x-northflank-notification-integration-event-type": "build:start",
    },
    body: {
      event: "build:start",
      data: { build: { id: expect.stringMatching(/^run-\d+\.$/) }, service: { id: "web" } },
    },
  });
  expect(delivered("/scalingo")[0]?.body).toMatchObject({
    type: "deployment",
    app_name: "storefront",
    type_data: { deployment_id: expect.stringMatching(/^run-\d+\.$/) },
  });
  expect(delivered("/qovery")[0]).toMatchObject({
    headers: { "qovery-signature": "qo-secret", "qovery-secret": "qo-secret" },
    body: { event_type: "DEPLOYMENT_FAILURE", payload_id: expect.stringMatching(/^run-\d+\.-web-shop$/) },
  });
  expect(delivered("/cloudflare")[0]).toMatchObject({
    headers: { "cf-webhook-auth": "cf-secret" },
    body: { name: "On call", policy_name: "Certificates", alert_type: "universal_ssl_event_type" },
  });

  await remove();
  // Nothing tells when the daemon has seen that; from then on no run leads to anything but what is declared.
  const leftOf = async (): Promise<number> => {
    const before = receiver.all.length;
    await emit(`run-${(runs += 1)}.`);
    return receiver.all.slice(before).filter((one) => one.path !== "/everything").length;
  };
  await expect.poll(leftOf, { timeout: 60_000 }).toBe(0);
  expect(await leftOf()).toBe(0);
});

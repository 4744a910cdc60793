/** The providers' own clients, unmodified: create, read, list, update and delete against the emulator. */
import { createRequire } from "node:module";
import { ApiClient, ApiClientInMemoryContextProvider } from "@northflank/js-client";
import Cloudflare from "cloudflare";
import type * as Qovery from "qovery-typescript-axios";
import { describe, expect, test } from "vitest";
import { parseFault } from "../../src/emulator/faults.ts";
import { emulate } from "./support.ts";
import type { TestEmulator } from "./support.ts";

const require = createRequire(import.meta.url);

describe("@northflank/js-client", () => {
  async function northflank({ url }: TestEmulator, options: object = { throwErrorOnHttpErrorCode: true }) {
    const context = new ApiClientInMemoryContextProvider();
    context.addContext({ name: "test", token: "any-token", host: url });
    return new ApiClient(context, options);
  }
  const data = {
    name: "Builds",
    type: "RAW_WEBHOOK" as const,
    webhook: "https://example.com/hook",
    events: { "trigger:build:start": true },
  };

  test("create, read, list, update, delete", async () => {
    const client = await northflank(await emulate());
    // Its types ask for the id that the documentation lists by mistake; it is not sent.
    const created = await client.create.notification({ parameters: { notificationId: "-" }, data });
    expect(created.data).toMatchObject({ id: "builds", type: "RAW_WEBHOOK", restricted: false });
    const parameters = { notificationId: "builds" };
    const update = await client.update.notification({
      parameters,
      data: { restricted: true, projects: ["a"] },
    });
    expect(update.data).toEqual({});
    const read = await client.get.notification({ parameters });
    expect(read.data).toMatchObject({ restricted: true, projects: ["a"], events: data.events });
    const list = await client.list.notifications({});
    expect(list.data.notificationIntegrations.map(({ id }) => id)).toEqual(["builds"]);
    expect((await client.delete.notification({ parameters })).data).toEqual({});
    await expect(client.get.notification({ parameters })).rejects.toMatchObject({ status: 404 });
  });

  test("all() ends after the last of many pages", async () => {
    const spec = (index: number) => ({ ...data, name: `Item ${index}` });
    const resources = Array.from({ length: 230 }, (_, index) => ({
      kind: "northflank/notification",
      scope: "blue",
      spec: spec(index),
    }));
    const client = await northflank(await emulate({ seed: { resources, journal: [] } }));
    const all = await client.list.notifications.all({
      parameters: { teamId: "blue" },
      options: { per_page: 100 },
    });
    expect(all.data.notificationIntegrations).toHaveLength(230);
  });

  test("a lost answer to a creation leads to one object, and the client's own retry to an answer", async () => {
    const emulator = await emulate({ faults: [parseFault("drop-after-commit=1@POST")] });
    const client = await northflank(emulator);
    const created = await client.create.notification({ parameters: { notificationId: "-" }, data });
    expect(created.data.id).toBe("builds");
    expect(await emulator.stored("northflank/notification")).toHaveLength(1);
  });

  test("errors come with status, message and details", async () => {
    const client = await northflank(await emulate(), {});
    const bad = { ...data, name: "x" };
    const { error } = await client.create.notification({ parameters: { notificationId: "-" }, data: bad });
    expect(error).toMatchObject({ status: 400, message: "Validation failed", id: "validation-error" });
    expect(error?.details).toEqual({ errors: [{ path: "name", message: expect.any(String) }] });
  });
});

describe("scalingo", () => {
  // Its module entry has imports that Node does not resolve; the bundled one has none.
  const { Client } = require("scalingo");

  async function scalingo(emulator: TestEmulator, token = "tk-us-any") {
    const options = { apiUrl: emulator.url, authApiUrl: emulator.url };
    const bearer: string = await new Client("none", options).Tokens.exchange(token);
    return new Client(bearer, options);
  }

  test("exchange, create, read, list, update, test, delete", async () => {
    const client = await scalingo(await emulate({ token: "tk-us-right" }), "tk-us-right");
    const platforms = await client.NotificationPlatforms.list();
    const types = await client.Events.listEventTypes();
    const idOf = (list: { id: string; name: string }[], name: string) =>
      list.find((one) => one.name === name)?.id;
    const created = await client.Notifiers.create("storefront", {
      name: "Deploys",
      platform_id: idOf(platforms, "slack"),
      selected_event_ids: [idOf(types, "app_deployed")],
      type_data: { webhook_url: "https://hooks.slack.com/services/T/B/X" },
    });
    expect(created).toMatchObject({ name: "Deploys", type: "slack", active: true });
    const updated = await client.Notifiers.update("storefront", created.id, { active: false });
    expect(updated).toMatchObject({ id: created.id, active: false });
    expect(await client.Notifiers.get("storefront", created.id)).toEqual(updated);
    expect(await client.Notifiers.for("storefront")).toEqual([updated]);
    expect(await client.Notifiers.test("storefront", created.id)).toEqual({});
    await client.Notifiers.destroy("storefront", created.id);
    expect(await client.Notifiers.for("storefront")).toEqual([]);
    expect((await client.Events.for("storefront", { page: 1 })).meta.pagination.total_count).toBe(3);
    expect((await client.Regions.all()).length).toBe(2);
    expect((await client.Events.listEventCategories()).length).toBeGreaterThan(5);
  });

  test("errors come with status and fields", async () => {
    const client = await scalingo(await emulate());
    await expect(client.Notifiers.create("storefront", {})).rejects.toMatchObject({
      status: 422,
      data: { errors: { name: [expect.any(String)], platform_id: [expect.any(String)] } },
    });
    await expect(scalingo(await emulate({ token: "other" }))).rejects.toMatchObject({ status: 401 });
  });
});

describe("qovery-typescript-axios", () => {
  const { Configuration, OrganizationWebhookApi }: typeof Qovery = require("qovery-typescript-axios");
  const organization = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
  const webhook: Qovery.OrganizationWebhookCreateRequest = {
    kind: "STANDARD",
    target_url: "https://example.com/hook",
    target_secret: "s3cret",
    events: ["DEPLOYMENT_FAILURE"],
  };

  test("create, read, list, update, delete", async () => {
    const { url } = await emulate();
    const api = new OrganizationWebhookApi(new Configuration({ accessToken: "any-token", basePath: url }));
    const created = await api.createOrganizationWebhook(organization, webhook);
    expect(created).toMatchObject({ status: 201, data: { target_secret_set: true, enabled: true } });
    const { id } = created.data;
    expect((await api.getOrganizationWebhook(organization, id)).data).toEqual(created.data);
    const { target_secret: _, ...rest } = webhook;
    const edited = await api.editOrganizationWebhook(organization, id, { ...rest, enabled: false });
    expect(edited).toMatchObject({ status: 200, data: { id, enabled: false, target_secret_set: false } });
    expect((await api.listOrganizationWebHooks(organization)).data.results).toEqual([edited.data]);
    expect((await api.listWebhookEvent(organization, id)).data).toEqual({ results: [] });
    expect((await api.deleteOrganizationWebhook(organization, id)).status).toBe(204);
    await expect(api.getOrganizationWebhook(organization, id)).rejects.toMatchObject({
      response: { status: 404 },
    });
  });
});

describe("cloudflare", () => {
  const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
  const connect = ({ url }: TestEmulator, apiToken = "any-token") =>
    new Cloudflare({ apiToken, baseURL: `${url}/client/v4` });

  test("destinations: create, read, list, update, delete", async () => {
    const { webhooks } = connect(await emulate()).alerting.destinations;
    const { id = "" } = await webhooks.create({ account_id, name: "On call", url: "https://example.com/cf" });
    const body = { account_id, name: "Chat", url: "https://hooks.slack.com/services/T0/B0/x" };
    expect(await webhooks.update(id, body)).toEqual({ id });
    const read = await webhooks.get(id, { account_id });
    expect(read).toMatchObject({ id, type: "slack", url: "https://hooks.slack.com/services/T0/B0" });
    const listed = [];
    for await (const webhook of webhooks.list({ account_id })) listed.push(webhook);
    expect(listed).toEqual([read]);
    await webhooks.delete(id, { account_id });
    await expect(webhooks.get(id, { account_id })).rejects.toThrow(Cloudflare.NotFoundError);
  });

  test("policies: create, read, list, update, delete, and what is available", async () => {
    const { alerting } = connect(await emulate());
    const url = "https://example.com/cf";
    const { id: webhook = "" } = await alerting.destinations.webhooks.create({
      account_id,
      name: "On call",
      url,
    });
    const { id = "" } = await alerting.policies.create({
      account_id,
      name: "Certificates",
      alert_type: "universal_ssl_event_type",
      enabled: true,
      mechanisms: { webhooks: [{ id: webhook }] },
    });
    expect(await alerting.policies.update(id, { account_id, enabled: false })).toEqual({ id });
    const read = await alerting.policies.get(id, { account_id });
    expect(read).toMatchObject({ id, enabled: false, mechanisms: { webhooks: [{ id: webhook }] } });
    expect((await alerting.policies.list({ account_id })).result).toEqual([read]);
    expect(await alerting.policies.delete(id, { account_id })).toMatchObject({ success: true });
    expect(Object.keys(await alerting.availableAlerts.list({ account_id }))).toContain("SSL/TLS");
    expect(await alerting.destinations.eligible.get({ account_id })).toHaveProperty("webhooks");
  });

  test("history ends", async () => {
    const journal = Array.from({ length: 23 }, (_, index) => ({
      topic: "cloudflare/history",
      scope: account_id,
      entry: { id: `h${index}`, sent: "2026-01-01T00:00:00Z" },
    }));
    const { alerting } = connect(await emulate({ seed: { resources: [], journal } }));
    const seen = [];
    for await (const entry of alerting.history.list({ account_id, per_page: 10 })) seen.push(entry.id);
    expect(new Set(seen).size).toBe(23);
  });

  test("a 429 with Retry-After is tried again by the client", async () => {
    const emulator = await emulate({ faults: [parseFault("429=1,retry-after=0")] });
    const { result } = await connect(emulator).alerting.policies.list({ account_id });
    expect(result).toEqual([]);
  });

  test("a wrong token is an authentication error", async () => {
    const emulator = await emulate({ token: "right" });
    const list = connect(emulator, "wrong").alerting.policies.list({ account_id });
    await expect(list).rejects.toThrow(Cloudflare.AuthenticationError);
  });
});

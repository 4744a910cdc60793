/** What a client of an API creates is what the daemon delivers for: the emulator's records, as the delivering half reads them. */
import { expect, test } from "vitest";
import { providers } from "../../src/generated/registry.ts";
import type { Event } from "../../src/model/event.ts";
import { reveal } from "../../src/model/secret.ts";
import { emulate } from "./support.ts";
import type { TestEmulator } from "./support.ts";

const ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";
const ALERTS = `/client/v4/accounts/${ACCOUNT}/alerting/v3`;

async function scalingoIds({ call }: TestEmulator) {
  const find = async (path: string, wrapper: string, name: string): Promise<string> =>
    (await call("GET", path)).body[wrapper].find((entry: { name: string }) => entry.name === name).id;
  return {
    platform_id: await find("/v1/notification_platforms", "notification_platforms", "webhook"),
    selected_event_ids: [await find("/v1/event_types", "event_types", "app_deployed")],
  };
}

const CASES = [
  {
    kind: "northflank/notification",
    event: "build:start",
    create: ({ call }: TestEmulator) =>
      call("POST", "/v1/integrations/notifications", {
        body: {
          name: "Builds",
          type: "RAW_WEBHOOK",
          webhook: "https://receiver.example/hook",
          secret: "s3cret",
          events: { "trigger:build:start": true },
        },
      }),
    header: ["x-northflank-notification-integration-token", "s3cret"],
  },
  {
    kind: "scalingo/notifier",
    // As the platform writes what is subscribed to as app_deployed.
    event: "deployment",
    create: async (emulator: TestEmulator) =>
      emulator.call("POST", "/v1/apps/shop/notifiers", {
        body: {
          notifier: {
            name: "Deploys",
            ...(await scalingoIds(emulator)),
            type_data: { webhook_url: "https://receiver.example/hook" },
          },
        },
      }),
    // It has no secret.
    header: ["content-type", "application/json"],
  },
  {
    kind: "qovery/webhook",
    event: "DEPLOYMENT_FAILURE",
    create: ({ call }: TestEmulator) =>
      call("POST", "/organization/acme/webhook", {
        body: {
          kind: "STANDARD",
          target_url: "https://receiver.example/hook",
          target_secret: "s3cret",
          events: ["DEPLOYMENT_FAILURE"],
        },
      }),
    header: ["qovery-signature", "s3cret"],
  },
  {
    kind: "cloudflare/webhook",
    event: "universal_ssl_event_type",
    create: async ({ call }: TestEmulator) => {
      const body = { name: "On call", url: "https://receiver.example/hook", secret: "s3cret" };
      const { id } = (await call("POST", `${ALERTS}/destinations/webhooks`, { body })).body.result;
      const mechanisms = { webhooks: [{ id }] };
      const policy = { name: "TLS", alert_type: "universal_ssl_event_type", enabled: true, mechanisms };
      return call("POST", `${ALERTS}/policies`, { body: policy });
    },
    header: ["cf-webhook-auth", "s3cret"],
  },
] as const;

test.for(CASES)("$kind is matched and sent to", async ({ kind, event: type, create, header }) => {
  const emulator = await emulate();
  expect((await create(emulator)).status).toBeLessThan(300);
  const records = await emulator.store.read();
  const [providerId = "", resource = ""] = kind.split("/");
  const provider = providers.find(({ id }) => id === providerId)!;
  const subscriptions = records.flatMap((record) => {
    const behaviour = provider.kinds[record.kind.split("/")[1] ?? ""];
    return behaviour?.subscriptions(record, records) ?? [];
  });
  const record = records.find((candidate) => candidate.kind === kind)!;
  expect(subscriptions).toMatchObject([{ enabled: true, destinationUid: record.uid }]);
  expect(JSON.stringify(subscriptions[0]?.events)).toContain(type);
  const event: Event = {
    id: "e1",
    type,
    provider: providerId,
    time: "2026-01-02T03:04:05Z",
    data: {},
    body: { type },
  };
  const via = records.find((candidate) => candidate.uid === subscriptions[0]?.uid && candidate !== record);
  const rendered = provider.kinds[resource]?.render?.({
    record,
    event,
    now: 0,
    describe: (described) => provider.describe(described),
    ...(via === undefined ? {} : { via }),
  });
  expect(rendered?.form).toBe("request");
  if (rendered?.form !== "request") return;
  expect(reveal(rendered.request.url)).toBe("https://receiver.example/hook");
  const headers = rendered.request.headers.map(({ name, value }) => [
    name.toLowerCase(),
    typeof value === "string" ? value : reveal(value),
  ]);
  expect(headers).toContainEqual(header);
});

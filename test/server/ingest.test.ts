/** `POST /ingest/<provider>`: the platforms' own webhooks, and those that our kinds send in their place. */
import { describe, expect, it } from "vitest";
import { providers } from "../../src/generated/registry.ts";
import { CONFIRM_TYPE } from "../../src/model/event.ts";
import { Secret } from "../../src/model/secret.ts";
import type { Fields, Json } from "../../src/model/value.ts";
import {
  bellhopRaw,
  cloudflareHealthCheck,
  northflankBuildStart,
  qoveryFailure,
  scalingoDeployment,
} from "../providers/documented.ts";
import { complete, eventFrom, render, requestOf, storeRecord } from "../support/records.ts";
import { send, startReceiving } from "./support.ts";
import type { Receiving } from "./support.ts";

const NORTHFLANK = "x-northflank-notification-integration";

interface Sender {
  readonly provider: string;
  readonly body: Json;
  /** What proves the secret. */
  readonly proof: (secret: string, text: string) => Record<string, string>;
  /** What else tells this webhook from others. */
  readonly more?: Record<string, string>;
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

const signed = (secret: string, text: string): Record<string, string> => {
  const spec = {
    name: "x",
    type: "RAW_WEBHOOK",
    webhook: new Secret("https://example.com"),
    secret: new Secret(secret),
  };
  const event = eventFrom(JSON.parse(text) as Json);
  const rendered = requestOf(render(storeRecord("bellhop/integration", spec), event, undefined, Date.now()));
  return rendered.headers;
};

const SENDERS: readonly (readonly [string, Sender])[] = [
  [
    "northflank",
    {
      provider: "northflank",
      body: northflankBuildStart,
      proof: (secret) => ({ [`${NORTHFLANK}-token`]: secret }),
      more: { [`${NORTHFLANK}-event-id`]: "ev-7" },
    },
  ],
  [
    "qovery, as documented",
    { provider: "qovery", body: qoveryFailure, proof: (secret) => ({ "qovery-signature": secret }) },
  ],
  [
    "qovery, as it is",
    { provider: "qovery", body: qoveryFailure, proof: (secret) => ({ "qovery-secret": secret }) },
  ],
  [
    "cloudflare",
    {
      provider: "cloudflare",
      body: cloudflareHealthCheck,
      proof: (secret) => ({ "cf-webhook-auth": secret }),
    },
  ],
  [
    "scalingo, by password",
    {
      provider: "scalingo",
      body: scalingoDeployment,
      proof: (secret) => ({ authorization: basic(`bellhop:${secret}`) }),
    },
  ],
  ["bellhop", { provider: "bellhop", body: { ...bellhopRaw, environment: null }, proof: signed }],
];

function mount(on: Receiving, provider: string, ...secrets: string[]): string {
  const rules = providers.find(({ id }) => id === provider)!.ingest;
  const path = `/ingest/${provider}`;
  on.ingest.push({ path, provider, secrets: secrets.map((one) => new Secret(one)), rules });
  return on.url + path;
}

describe.for(SENDERS)("a webhook of %s", ([, { provider, body, proof, more }]) => {
  const text = JSON.stringify(body);
  const headers = (secret: string) => ({
    "content-type": "application/json",
    ...more,
    ...proof(secret, text),
  });

  it("is an event once, however often it is sent", async () => {
    const on = await startReceiving({ token: "the daemon's own" });
    const url = mount(on, provider, "s3cret");
    const first = await send(url, headers("s3cret"), text);
    expect(first).toMatchObject({ status: 202, body: { accepted: 1, rejected: [] } });
    const [id = ""] = first.body["ids"] as string[];
    expect(await on.stored(id)).toMatchObject({ provider, body });
    expect(on.batches[0]?.source).toBe(`ingest:${provider}`);
    expect(await send(url, headers("s3cret"), text)).toMatchObject({
      status: 202,
      body: { duplicates: 1, ids: [id] },
    });
  });

  it("takes any of several secrets, and one that came later", async () => {
    const on = await startReceiving();
    const url = mount(on, provider, "old-secret", "new-secret");
    for (const [secret, status] of [
      ["old-secret", 202],
      ["new-secret", 202],
      ["newer-secret", 401],
    ] as const)
      expect((await send(url, headers(secret), text)).status).toBe(status);
    on.ingest.length = 0;
    mount(on, provider, "newer-secret");
    expect((await send(url, headers("newer-secret"), text)).status).toBe(202);
    expect((await send(url, headers("old-secret"), text)).status).toBe(401);
  });

  it("is refused without the secret, with another one, and where there is none", async () => {
    const on = await startReceiving();
    const url = mount(on, provider, "s3cret");
    const wrong = [{ "content-type": "application/json", ...more }, headers("S3cret"), headers("s3cret2")];
    for (const each of wrong) {
      const answer = await send(url, each, text);
      expect(answer).toMatchObject({ status: 401, body: { error: { code: "unauthorised" } } });
      expect(JSON.stringify(answer.body)).not.toContain("s3cret");
    }
    expect(on.batches).toEqual([]);
    expect(on.logged().match(/refused a webhook without the secret/g)).toHaveLength(1);
  });

  it.for([
    ["no event", '{"hello":"world"}', "not an event of a known shape"],
    ["no JSON", "{", "is not JSON (line 1, column 2)"],
  ] as const)("that is %s is kept as rejected, and no failure", async ([, content, reason]) => {
    const on = await startReceiving();
    const url = mount(on, provider, "s3cret");
    const proven = provider === "bellhop" ? await signedRaw("s3cret", content) : headers("s3cret");
    const answer = await send(url, proven, content);
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 0, rejected: [{ position: "body", reason }] },
    });
    expect(await on.rejected()).toMatchObject([{ source: `ingest:${provider}`, reason, head: content }]);
  });

  it("asks to be sent again when it cannot be kept", async () => {
    const on = await startReceiving();
    const url = mount(on, provider, "s3cret");
    on.outboxGone = true;
    const answer = await send(url, headers("s3cret"), text);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  });
});

/** Signed by the standard's own library rather than by what we send. */
async function signedRaw(secret: string, text: string, at = new Date()): Promise<Record<string, string>> {
  const { Webhook } = await import("standardwebhooks");
  const webhook = new Webhook(new TextEncoder().encode(secret), { format: "raw" });
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = `v1,AAAA ${webhook.sign("msg-1", at, text)}`;
  return {
    "content-type": "application/json",
    "webhook-id": "msg-1",
    "webhook-timestamp": timestamp,
    "webhook-signature": signature,
  };
}

describe("a signature", () => {
  const text = JSON.stringify({ ...bellhopRaw, environment: null });
  it.for([
    ["of now", 0, text, 202],
    ["of four minutes ago", -4 * 60_000, text, 202],
    ["of six minutes ago", -6 * 60_000, text, 401],
    ["from the future", 6 * 60_000, text, 401],
    ["of another body", 0, `${text} `, 401],
  ] as const)("%s", async ([, shift, sent, status]) => {
    const on = await startReceiving();
    const url = mount(on, "bellhop", "s3cret");
    const headers = await signedRaw("s3cret", text, new Date(Date.now() + shift));
    expect((await send(url, headers, sent)).status).toBe(status);
  });

  it("whose time is no time is none", async () => {
    const on = await startReceiving();
    const url = mount(on, "bellhop", "s3cret");
    for (const time of ["", "soon", "1e9", "-1"]) {
      const headers = { ...(await signedRaw("s3cret", text)), "webhook-timestamp": time };
      expect((await send(url, headers, text)).status).toBe(401);
    }
  });
});

describe("Scalingo, which knows no secret", () => {
  const text = JSON.stringify(scalingoDeployment);
  it.for([
    ["a token in the URL", "?token=s3cret%2F%2B", {}, 202],
    ["a wrong token in the URL", "?token=s3cret", {}, 401],
    ["an empty token", "?token=", {}, 401],
    ["name and password that are the secret together", "", { authorization: basic("s3cret/+") }, 202],
    ["what is no basic authentication", "", { authorization: "Bearer s3cret/+" }, 401],
  ] as const)("may bring %s", async ([, query, headers, status]) => {
    const on = await startReceiving();
    const url = mount(on, "scalingo", "s3cret/+");
    expect((await send(url + query, headers, text)).status).toBe(status);
    expect(on.logged()).not.toContain("s3cret");
  });
});

it.for(providers.map(({ id }) => id))(
  "%s, where no secret is set: the path is the proof only of who sends none",
  async (provider) => {
    const on = await startReceiving();
    const answer = await send(mount(on, provider), { "content-type": "application/json" }, "{}");
    expect(answer.status).toBe(provider === "scalingo" ? 202 : 401);
  },
);

describe("a ping", () => {
  it("of Cloudflare, which it sends when a destination is made, is a success and no event", async () => {
    const on = await startReceiving();
    const url = mount(on, "cloudflare", "s3cret");
    const text = JSON.stringify({
      text: "Hello World! This is a test message sent from https://cloudflare.com.",
    });
    expect(await send(url, { "cf-webhook-auth": "s3cret" }, text)).toMatchObject({
      status: 200,
      body: { ping: true },
    });
    expect(on.batches).toEqual([]);
    expect((await send(url, { "cf-webhook-auth": "wrong" }, text)).status).toBe(401);
  });

  const url = new Secret("https://example.com/hook");
  const KINDS: readonly (readonly [string, Fields])[] = [
    [
      "northflank/notification",
      { name: "x", type: "RAW_WEBHOOK", webhook: url, secret: new Secret("s3cret"), events: {} },
    ],
    [
      "qovery/webhook",
      { kind: "STANDARD", target_url: url, target_secret: new Secret("s3cret"), events: [] },
    ],
    ["cloudflare/webhook", { name: "x", url, secret: new Secret("s3cret") }],
    ["bellhop/integration", { name: "x", type: "RAW_WEBHOOK", webhook: url, secret: new Secret("s3cret") }],
    ["scalingo/notifier", { name: "x", platform: "webhook", type_data: { webhook_url: url } }],
  ];
  it.for(KINDS)("of our own %s is a success and no event", async ([kind, spec]) => {
    const on = await startReceiving();
    const provider = kind.split("/", 1)[0] ?? "";
    const to = mount(on, provider, "s3cret");
    const event = complete({ type: CONFIRM_TYPE, provider, data: { message: "hello" }, body: {} });
    const record = storeRecord(kind, spec, { scope: provider === "scalingo" ? "appname" : "" });
    const { headers, text } = requestOf(render(record, event, undefined, Date.now()));
    const query = provider === "scalingo" ? "?token=s3cret" : "";
    expect(await send(to + query, headers, text)).toMatchObject({ status: 200, body: { ping: true } });
    expect(on.batches).toEqual([]);
  });
});

it("a secret may be of any letters that a header can carry, and of others percent-encoded", async () => {
  const on = await startReceiving();
  const url = mount(on, "cloudflare", "clé-漢");
  const text = JSON.stringify(cloudflareHealthCheck);
  const spec = { name: "x", url: new Secret(url), secret: new Secret("clé-漢") };
  const { headers } = requestOf(
    render(storeRecord("cloudflare/webhook", spec), eventFrom(cloudflareHealthCheck)),
  );
  expect((await send(url, headers, text)).status).toBe(202);
  const asUtf8 = Buffer.from("clé-漢").toString("latin1");
  expect((await send(url, { "cf-webhook-auth": asUtf8 }, text)).status).toBe(202);
});

it("a webhook that nothing tells from others is an event each time", async () => {
  const on = await startReceiving();
  const url = mount(on, "northflank", "s3cret");
  const headers = { [`${NORTHFLANK}-token`]: "s3cret" };
  const text = JSON.stringify(northflankBuildStart);
  for (const accepted of [1, 1]) expect((await send(url, headers, text)).body).toMatchObject({ accepted });
});

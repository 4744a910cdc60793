/** No secret, new or old, in any form, in anything that is printed, saved, remembered or logged. */
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FORMATS, SCOPES, everyPlan, integrations, newRun, values } from "../support/canary-run.ts";
import { canary, findCanaries, urlCanary } from "../support/canary.ts";
import { runCli } from "../support/cli.ts";
import { EGRESS_TO_LOOPBACK } from "../support/loopback.ts";
import { emulate } from "../emulator/support.ts";

async function serve(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, Buffer.concat(chunks).toString("utf8"), response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

/** Gives back everything that it got, as a badly made endpoint does. */
const echoing = (): Promise<string> =>
  serve((request, body, response) => {
    response.writeHead(request.url?.includes("fails") === true ? 500 : 200, {
      "x-echo": String(request.url),
    });
    response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
  });

const stores = `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
  nf: { provider: northflank, store: .bellhop/store.json }
  shop: { provider: scalingo, app: storefront, store: .bellhop/store.json }
  acme: { provider: qovery, ${SCOPES.qovery}, store: .bellhop/store.json }
  edge: { provider: cloudflare, ${SCOPES.cloudflare}, store: .bellhop/store.json }
integrations:${integrations(true)}
daemon:
  listen: 127.0.0.1:0
  token: "\${env:DAEMON_TOKEN}"
  ${EGRESS_TO_LOOPBACK}
`;

test("with stores and the daemon", async () => {
  const receiver = await echoing();
  const before = values("old", receiver);
  const now = values("new", receiver);
  const token = urlCanary("daemon-token");
  const canaries = { ...before.canaries, ...now.canaries, "daemon token": token };
  const it = await newRun({ DAEMON_TOKEN: token });
  await writeFile(join(it.cwd, "notifications.yaml"), stores);
  await everyPlan(it, before.env);
  expect(await it.run("apply --yes", before.env)).toBe(0);
  await everyPlan(it, now.env);
  await it.run("plan --format human");
  await it.run("apply plan.json", before.env);
  expect(await it.run("apply plan.json --format json", now.env)).toBe(0);
  for (const format of FORMATS) {
    await writeFile(
      join(it.cwd, "notifications.yaml"),
      stores.replace("name: Generic", `name: Generic ${format}`),
    );
    expect(await it.run(`apply --yes --format ${format}`, now.env)).toBe(0);
  }

  const stop = new AbortController();
  let log = "";
  let told = (): void => undefined;
  const ready = new Promise<void>((resolve) => (told = resolve));
  const daemon = runCli(["daemon", "--log-level", "debug"], {
    cwd: it.cwd,
    env: { ...it.env, ...now.env, BELLHOP_DEBUG: "1" },
    stopping: stop.signal,
    watch: (text) => {
      log += text;
      if (log.includes('"msg":"ready"')) told();
    },
  });
  await ready;
  expect(await it.run("emit build:failure --project web", now.env)).toBe(0);
  for (const key of ["generic", "slack", "builds", "env-hook", "on-call"])
    await it.run(`test ${key}`, now.env);
  await expect
    .poll(
      async () =>
        (
          await runCli(["deliveries", "list", "--format", "json"], {
            cwd: it.cwd,
            env: { ...it.env, ...now.env },
          })
        ).out,
    )
    .toMatch(/"delivered"/);
  const listed = await runCli(["deliveries", "list", "--format", "json"], {
    cwd: it.cwd,
    env: { ...it.env, ...now.env },
  });
  const ids = (JSON.parse(listed.out) as { deliveries: { id: string }[] }).deliveries.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(5);
  for (const id of ids)
    for (const format of ["human", "json"]) await it.run(`deliveries show ${id} --format ${format}`, now.env);
  for (const format of ["human", "json"]) {
    await it.run(`deliveries list --format ${format}`, now.env);
    await it.run(`status --format ${format}`, now.env);
  }
  await it.run("deliveries list --text hooks", now.env);
  stop.abort();
  const { out, err } = await daemon;
  it.collect("the daemon's log", `${log}${out}${err}`);
  for (const line of ["fmt --check", "kinds", "schema", "nonsense", "apply --help"])
    await it.run(line, now.env);
  await it.collectFiles();
  expect(await it.run("destroy --yes --format json", now.env)).toBe(0);
  await it.collectFiles();
  expect(Object.keys(it.artefacts).length).toBeGreaterThan(80);
  expect(log).toContain('"level":"debug"');
  expect(findCanaries(canaries, it.artefacts)).toEqual([]);
}, 180_000);

/** How a hostile API gives back what it was sent. */
const ECHOES: Readonly<Record<string, (heard: string) => string>> = {
  raw: (heard) => heard,
  "as JSON": (heard) =>
    JSON.stringify({
      error: { message: heard, details: heard },
      errors: [{ code: 1, message: heard }],
      success: false,
      detail: heard,
      message: heard,
      name: heard,
    }),
  "as escaped JSON": (heard) =>
    JSON.stringify({ message: JSON.stringify(heard), errors: [{ code: 1, message: JSON.stringify(heard) }] }),
  "URL-encoded": (heard) =>
    JSON.stringify({
      message: encodeURIComponent(heard),
      errors: [{ code: 1, message: encodeURIComponent(heard) }],
    }),
  base64: (heard) =>
    JSON.stringify({
      message: Buffer.from(heard).toString("base64"),
      errors: [{ code: 1, message: Buffer.from(heard).toString("base64") }],
    }),
  hex: (heard) =>
    JSON.stringify({
      message: Buffer.from(heard).toString("hex"),
      errors: [{ code: 1, message: Buffer.from(heard).toString("hex") }],
    }),
  "cut short": (heard) =>
    JSON.stringify({ message: heard.replaceAll(/[0-9a-f]{8}[._][a-z-]+/g, (found) => found.slice(0, 12)) }),
};

test("with APIs that give back what they were sent", async () => {
  const emulator = await emulate({ rateLimits: "off" });
  let echo: ((heard: string) => string) | undefined;
  let status = 422;
  const url = await serve((request, body, response) => {
    const reads = request.method === "GET" || request.url?.includes("/tokens/exchange") === true;
    if (echo !== undefined && (!reads || status === 401)) {
      const heard = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`;
      const whole = request.headers.authorization ?? "";
      const decoded = Buffer.from(whole.replace(/^\S+ /, ""), "base64").toString("latin1");
      response.writeHead(status, { "content-type": "application/json", "x-echo": whole });
      response.end(echo(`${heard} ${decoded}`));
      return;
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === "string" && !["host", "connection", "content-length"].includes(name))
        headers[name] = value;
    }
    void fetch(`${emulator.url}${request.url}`, {
      method: request.method ?? "GET",
      headers,
      ...(body === "" ? {} : { body }),
    }).then(async (answer) => {
      response.writeHead(answer.status, {
        "content-type": answer.headers.get("content-type") ?? "text/plain",
      });
      response.end(await answer.text());
    });
  });
  const before = values("old", "https://hooks.example.com");
  const now = values("new", "https://hooks.example.com");
  const canaries: Record<string, string> = { ...before.canaries, ...now.canaries };
  const env: Record<string, string> = {};
  for (const name of ["NF", "SC", "QO", "CF"]) {
    const token = urlCanary(`token-${name.toLowerCase()}`);
    env[`${name}_TOKEN`] = token;
    canaries[`token ${name}`] = token;
  }
  const it = await newRun(env);
  const api = (name: string): string => `api: { url: "${url}", token: "\${env:${name}_TOKEN}" }`;
  const declared = `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
  nf: { provider: northflank, ${api("NF")} }
  shop: { provider: scalingo, app: storefront, ${api("SC")} }
  acme: { provider: qovery, ${SCOPES.qovery}, ${api("QO")} }
  edge: { provider: cloudflare, ${SCOPES.cloudflare}, ${api("CF")} }
integrations:${integrations(false)}`;
  await writeFile(join(it.cwd, "notifications.yaml"), declared);
  await everyPlan(it, before.env);
  for (const [name, how] of Object.entries(ECHOES)) {
    echo = how;
    status = 422;
    it.collect(name, "");
    expect(await it.run("apply --yes", before.env)).not.toBe(0);
  }
  echo = undefined;
  const code = await it.run("apply --yes --format json", before.env);
  expect({ code, err: code === 0 ? "" : Object.values(it.artefacts).slice(-2).join("\n") }).toEqual({
    code: 0,
    err: "",
  });
  await everyPlan(it, now.env);
  for (const [index, how] of Object.values(ECHOES).entries()) {
    echo = how;
    // A failure of the provider's own is tried again with pauses: once is enough.
    for (status of index === 0 ? [400, 401, 409, 500] : [400, 401]) {
      await it.run(`apply --yes --format ${FORMATS[(index + status) % FORMATS.length]}`, now.env);
    }
    await it.run("plan", now.env);
  }
  status = 422;
  await it.run("destroy --yes", now.env);
  echo = undefined;
  const last = await it.run("apply --yes", now.env);
  expect({ last, err: last === 0 ? "" : Object.values(it.artefacts).slice(-2).join("\n") }).toEqual({
    last: 0,
    err: "",
  });
  await it.collectFiles();
  const printed = Object.values(it.artefacts).join("\n");
  expect(printed).toMatch(/422/);
  expect(findCanaries(canaries, it.artefacts)).toEqual([]);
}, 180_000);

test("with mistakes in the configuration, at and beside secrets", async () => {
  const secret = canary("literal").replaceAll('"', "");
  const path = urlCanary("literal-url");
  const value = canary("variable").replaceAll('"', "");
  const canaries = { "literal secret": secret, "literal URL": path, "value of a variable": value };
  const it = await newRun({ BAD: value, BAD_URL: `ftp://user:${value}@h.example/${value}` });
  const spec = (fields: string): string => `version: 1
targets:
  nf: { provider: northflank, store: .bellhop/store.json }
  edge: { provider: cloudflare, ${SCOPES.cloudflare}, store: .bellhop/store.json }
integrations:
  builds:
    kind: northflank/notification
    target: nf
    spec:
${fields
  .split("\n")
  .map((line) => `      ${line}`)
  .join("\n")}
`;
  const good = `name: Builds\ntype: RAW_WEBHOOK\nwebhook: "https://h.example/${path}"\nsecret: "${secret}"\nevents: ["trigger:build:*"]`;
  const files: string[] = [
    spec(good.replace("secret:", "secrt:")),
    spec(good.replace("webhook:", "webhok:")),
    spec(good.replace(`secret: "${secret}"`, `secret: ["${secret}"]`)),
    spec(good.replace(`secret: "${secret}"`, `secret: { value: "${secret}" }`)),
    spec(good.replace(`secret: "${secret}"`, `secret: "${secret.repeat(40)}"`)),
    spec(good.replace(`secret: "${secret}"`, `secret: "${secret}`)),
    spec(good.replace(`secret: "${secret}"`, `secret: "${secret}"\nsecret: "${secret}"`)),
    spec(good.replace(`secret: "${secret}"`, `secret: "\${env:${secret}}"`)),
    spec(good.replace(`"https://h.example/${path}"`, `"h.example/${path}"`)),
    spec(good.replace(`"https://h.example/${path}"`, `"https://h.example:99999/${path}"`)),
    spec(good.replace(`"https://h.example/${path}"`, `"\${env:BAD_URL}"`)),
    spec(good.replace(`"https://h.example/${path}"`, `"\${env:BAD}"`)),
    spec(good.replace(`"https://h.example/${path}"`, `"\${env:MISSING}/${path}"`)),
    spec(good.replace("name: Builds", "name: '1'").replace("type: RAW_WEBHOOK", "type: SLCK")),
    spec(good.replace("type: RAW_WEBHOOK", "type: SLACK")),
    spec(good.replaceAll("\n", "\n  ")),
    spec(
      `{ name: Builds, type: RAW_WEBHOK, webhook: "https://h.example/${path}", secret: "${secret}", events: [x] }`,
    ),
    `${spec(good)}daemon: { token: ["${secret}"], listen: "${secret}" }\n`,
    `${spec(good)}  other: { kind: cloudflare/webhook, target: edge, spec: { name: 1, url: [ "https://h.example/${path}" ], secret: { a: "${secret}" } } }\n`,
    spec(good).replace("store: .bellhop/store.json }", `api: { token: ["${secret}"] } }`),
    spec(good).replace("store: .bellhop/store.json }", `api: { tokn: "${secret}" } }`),
    spec(good).replace("store: .bellhop/store.json }", `store: "postgres://user:${path}@db.example/x" }`),
    `${spec(good)}state: "https://user:${path}@state.example/x"\n`,
  ];
  for (const text of files) {
    await writeFile(join(it.cwd, "notifications.yaml"), text);
    for (const line of [
      "validate",
      "validate --format json --strict",
      "plan",
      "plan --format json --out plan.json",
      "apply --yes",
      "explain builds",
      "explain builds --format json",
      "fmt --check",
      "status",
      "destroy --yes",
      "emit x",
      "test builds",
    ]) {
      await it.run(line);
    }
  }
  await it.collectFiles();
  expect(findCanaries(canaries, it.artefacts)).toEqual([]);
}, 180_000);

test("is found in every form, where it is", () => {
  const value = canary("self");
  const bytes = Buffer.from(`x: ${value}, y`);
  const forms: Record<string, string> = {
    raw: `a ${value} b`,
    upper: value.toUpperCase(),
    json: JSON.stringify({ value }),
    nested: JSON.stringify(JSON.stringify({ value })),
    url: encodeURIComponent(value),
    hex: bytes.toString("hex"),
    base64: bytes.toString("base64"),
    "base64, shifted": Buffer.concat([Buffer.from("z"), bytes]).toString("base64"),
    base64url: Buffer.concat([Buffer.from("zz"), bytes]).toString("base64url"),
    prefix: value.slice(0, 8),
  };
  for (const [name, text] of Object.entries(forms)) {
    expect({ name, found: findCanaries({ self: value }, { [name]: text }).length > 0 }).toEqual({
      name,
      found: true,
    });
  }
  expect(findCanaries({ self: value }, { other: canary("self") })).toEqual([]);
});

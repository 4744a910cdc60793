import { describe, expect, it } from "vitest";
import { renderDelivery } from "../../src/delivery/render.ts";
import { formats, providers } from "../../src/generated/registry.ts";
import { reveal, Secret } from "../../src/model/secret.ts";
import { describeWith } from "../../src/providers/describe.ts";
import { NOW, secret, storeRecord } from "../support/records.ts";

const behaviour = providers.find(({ id }) => id === "bellhop")?.kinds["integration"];
const event = {
  id: "e1",
  type: "x.y",
  provider: "cloudevents",
  time: "2026-03-04T05:06:07Z",
  data: {},
  body: {},
};

function headersOf(spec: { webhook: string; type?: string; headers?: Record<string, Secret> }) {
  if (behaviour === undefined) throw new Error("our own provider has its kind");
  const { webhook, type = "RAW_WEBHOOK", headers = {} } = spec;
  const fields = { name: "it", type, webhook: secret(webhook), events: ["*"], headers };
  const record = storeRecord("bellhop/integration", fields);
  const { request } = renderDelivery({
    endpoint: { record, behaviour, firstDelayMs: 0 },
    via: undefined,
    event,
    now: NOW,
    formats,
    describe: describeWith(providers),
  });
  return request.headers.filter(({ name }) => name.toLowerCase() === "authorization");
}

describe("user and password of a URL", () => {
  it.for(["RAW_WEBHOOK", "SLACK"])("are sent as a header that the log masks, to %s", (type) => {
    const [header, ...others] = headersOf({ webhook: "https://ro%20bot:p%2Fw@example.com/hook", type });
    expect(others).toEqual([]);
    expect(String(header?.value)).toBe("(secret)");
    expect(header?.value instanceof Secret && reveal(header.value)).toBe(`Basic ${btoa("ro bot:p/w")}`);
  });

  it("give way to a header that says who is asking", () => {
    const headers = { Authorization: secret("Bearer token") };
    const found = headersOf({ webhook: "https://robot:pw@example.com/", headers });
    expect(found.map(({ value }) => value instanceof Secret && reveal(value))).toEqual(["Bearer token"]);
  });

  it.for(["https://example.com/a@b", "https://example.com/?to=me@example.com"])(
    "are not read from the rest of it: %s",
    (webhook) => expect(headersOf({ webhook })).toEqual([]),
  );

  it("that are not valid encodings stand for themselves", () => {
    const [header] = headersOf({ webhook: "https://100%25zz%zz:x@example.com/" });
    expect(header?.value instanceof Secret && reveal(header.value)).toBe(`Basic ${btoa("100%25zz%zz:x")}`);
  });
});

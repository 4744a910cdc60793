import { describe, expect, it } from "vitest";
import { maskEchoes } from "../../src/delivery/mask.ts";
import { Secret } from "../../src/model/secret.ts";

const request = {
  url: new Secret(
    "https://robot:pa%2Bss-word@hooks.example.com/webhooks/T0KEN/B1a2b3c4d5?sig=se%2Fcret&api-version=1#f",
  ),
  headers: [
    { name: "content-type", value: "application/json" },
    { name: "authorization", value: new Secret("Bearer zyx-secret") },
    { name: "x-short", value: new Secret("no") },
  ],
  body: "{}",
};

describe("an answer that repeats the request", () => {
  it.for<readonly [string, string, string]>([
    ["the path", "Cannot POST /webhooks/T0KEN/B1a2b3c4d5", "Cannot POST (secret)"],
    [
      "path and query",
      "at https://hooks.example.com/webhooks/T0KEN/B1a2b3c4d5?sig=se%2Fcret&api-version=1",
      "at https://hooks.example.com(secret)",
    ],
    ["a segment that looks like a token", "no webhook B1a2b3c4d5", "no webhook (secret)"],
    ["a value of the query, encoded or not", "se%2Fcret se/cret", "(secret) (secret)"],
    ["user and password", "robot pa+ss-word pa%2Bss-word", "(secret) (secret) (secret)"],
    ["basic credentials", `Basic ${btoa("robot:pa+ss-word")}`, "Basic (secret)"],
    ["a header", '{"authorization":"Bearer zyx-secret"}', '{"authorization":"(secret)"}'],
    ["a token without its scheme", "bad token zyx-secret", "bad token (secret)"],
  ])("has no %s", ([, text, masked]) => {
    expect(maskEchoes(request, { headers: [["x-echo", text]], body: text })).toEqual({
      headers: [["x-echo", masked]],
      body: masked,
    });
  });

  it("is kept as it is where it repeats only plain words, and what is too short", () => {
    const body = "no such webhooks, content-type application/json, Bearer expected";
    expect(maskEchoes(request, { headers: [], body }).body).toBe(body);
    const discord = {
      ...request,
      url: new Secret("https://discord.com/api/webhooks/1/T0ken-abc?wait=true"),
      headers: [],
    };
    const refusal = '{"retry_after": 0.4, "global": true}';
    expect(maskEchoes(discord, { headers: [], body: refusal }).body).toBe(refusal);
    const plain = { ...request, url: new Secret("https://example.com/all"), headers: [] };
    expect(maskEchoes(plain, { headers: [], body: "GET /allowed, /all" }).body).toBe("GET /allowed, /all");
  });
});

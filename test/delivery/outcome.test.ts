/** Every answer a destination is known to give, over real HTTP, and what becomes of the delivery. */
import { describe, expect, it } from "vitest";
import { judge } from "../../src/delivery/outcome.ts";
import { createHttpClient } from "../../src/lib/http.ts";
import type { FailureClass, PostResult } from "../../src/lib/http.ts";
import type { Destination } from "../../src/model/request.ts";
import { listen } from "../support/receiver.ts";

async function answered(status: number, body: string): Promise<PostResult> {
  const url = await listen((_request, response) => response.writeHead(status).end(body));
  const http = createHttpClient({ maxBodyBytes: 64 * 1024, userAgent: "bellhop-test" });
  const result = await http.post({ url, headers: [], body: "{}", deadlineMs: 20_000 });
  await http.close();
  expect(result.response?.status).toBe(status);
  return result;
}

/** Destination, status, body, verdict, error class where it is not the verdict's own. */
type Answer = readonly [Destination, number, string, string, string?];

const RAW: readonly Answer[] = [
  ["raw", 200, "", "delivered"],
  ["raw", 201, "anything", "delivered"],
  ["raw", 204, "", "delivered"],
  ["raw", 299, "", "delivered"],
  ["raw", 200, "no_service", "delivered"],
  ["raw", 200, '{"code":10015}', "delivered"],
  ["raw", 300, "", "retry", "redirect"],
  ["raw", 301, "", "retry", "redirect"],
  ["raw", 302, "", "retry", "redirect"],
  ["raw", 304, "", "retry", "redirect"],
  ["raw", 307, "", "retry", "redirect"],
  ["raw", 308, "", "retry", "redirect"],
  ["raw", 400, "", "retry", "http-4xx"],
  ["raw", 401, "", "retry", "http-4xx"],
  ["raw", 403, "", "retry", "http-4xx"],
  ["raw", 404, "no_service", "retry", "http-4xx"],
  ["raw", 410, "", "gone"],
  ["raw", 413, "", "retry", "http-4xx"],
  ["raw", 429, "", "retry", "rate-limited"],
  ["raw", 499, "", "retry", "http-4xx"],
  ["raw", 500, "", "retry", "http-5xx"],
  ["raw", 503, "", "retry", "http-5xx"],
  ["raw", 599, "", "retry", "http-5xx"],
  ["raw", 999, "", "retry", "http-5xx"],
];

const SLACK: readonly Answer[] = [
  ["slack", 200, "ok", "delivered"],
  ["slack", 200, "ok\n", "delivered"],
  ["slack", 200, '{"ok":true}', "delivered"],
  ["slack", 200, "", "retry", "rejected"],
  ["slack", 200, "not ok", "retry", "rejected"],
  ["slack", 200, '{"ok":false}', "retry", "rejected"],
  ["slack", 200, '{"said":"\\"ok\\": true"}', "retry", "rejected"],
  ["slack", 200, '<html>"ok": true</html>', "retry", "rejected"],
  ["slack", 204, "", "retry", "rejected"],
  ["slack", 200, '{"ok":false,"error":"invalid_token"}', "gone"],
  ["slack", 200, '{"ok":false,"error":"invalid_blocks"}', "invalid", "invalid-payload"],
  ["slack", 404, "what is no_service?", "retry", "http-4xx"],
  ["slack", 410, "", "gone"],
  ["slack", 500, "rollup_error", "retry", "http-5xx"],
  ["slack", 429, '{"retry_after":1,"ok":false,"error":"rate_limited"}', "retry", "rate-limited"],
  ["slack", 302, "", "retry", "redirect"],
];

const STATUSES = [200, 400, 403, 404, 410, 500];
const SLACK_CODES: readonly Answer[] = STATUSES.flatMap((status) => [
  ...[
    "no_service",
    "no_team",
    "channel_not_found",
    "channel_is_archived",
    "action_prohibited",
    "invalid_token",
  ].map((code): Answer => ["slack", status, code, "gone"]),
  ...[
    "invalid_payload",
    "invalid_blocks",
    "invalid_blocks_format",
    "missing_text_or_fallback_or_attachments",
    "user_not_found",
    "too_many_attachments",
    "msg_blocks_too_long",
  ].map((code): Answer => ["slack", status, code, "invalid", "invalid-payload"]),
]);

const DISCORD: readonly Answer[] = [
  ["discord", 200, '{"id":"1","content":"{\\"code\\": 10015}"}', "delivered"],
  ["discord", 200, '{"id":"1","embeds":[{"code":10015}]}', "delivered"],
  ["discord", 204, "", "delivered"],
  ["discord", 404, '{"message":"Unknown Webhook","code":10015}', "gone"],
  ["discord", 401, '{"message":"Invalid Webhook Token","code":50027}', "gone"],
  ["discord", 400, '{"code": 50035,"message":"Invalid Form Body"}', "invalid", "invalid-payload"],
  ["discord", 404, "nothing here", "retry", "http-4xx"],
  ["discord", 404, '{"message":"404: Not Found","code":0}', "retry", "http-4xx"],
  ["discord", 400, '{"code": 50035', "retry", "http-4xx"],
  ["discord", 403, "error code: 1020", "retry", "http-4xx"],
  ["discord", 429, '{"message":"limited","retry_after":0.35,"global":false}', "retry", "rate-limited"],
  ["discord", 502, "", "retry", "http-5xx"],
];

const FAILED = "Webhook message delivery failed with error: Microsoft Teams endpoint returned";
const TEAMS: readonly Answer[] = [
  ["teams-connector", 200, "1", "delivered"],
  ["teams-connector", 200, " 1\n", "delivered"],
  ["teams-connector", 200, "", "retry", "rejected"],
  ["teams-connector", 200, "11", "retry", "rejected"],
  ["teams-connector", 200, `${FAILED} HTTP error 429 with ContextId tcid=0`, "retry", "rate-limited"],
  ["teams-connector", 200, `${FAILED} HTTP error 413 with ContextId tcid=0`, "invalid", "invalid-payload"],
  ["teams-connector", 200, `${FAILED} HTTP error 404 with ContextId tcid=0`, "retry", "rejected"],
  ["teams-connector", 400, "Summary or Text is required.", "retry", "http-4xx"],
  ["teams-connector", 410, "", "gone"],
  ["teams-workflow", 202, "", "delivered"],
  ["teams-workflow", 200, '{"said":"WorkflowNotFound"}', "delivered"],
  ["teams-workflow", 401, "DirectApiAuthorizationRequired", "gone"],
  ["teams-workflow", 403, "", "gone"],
  ["teams-workflow", 404, "", "retry", "http-4xx"],
  ["teams-workflow", 404, "WorkflowNotFound", "retry", "http-4xx"],
  ["teams-workflow", 404, '{"error":{"code":"WorkflowNotFound","message":"…"}}', "gone"],
  ["teams-workflow", 400, '{"error":{"code":"TriggerInputSchemaMismatch"}}', "retry", "http-4xx"],
  ["teams-workflow", 429, "", "retry", "rate-limited"],
  ["teams-workflow", 502, '{"error":{"code":"NoResponse"}}', "retry", "http-5xx"],
];

const GROUPS: readonly (readonly [string, readonly Answer[]])[] = [
  ["any endpoint's", RAW],
  ["Slack's", SLACK],
  ["each of Slack's codes with each status in", SLACK_CODES],
  ["Discord's", DISCORD],
  ["Teams'", TEAMS],
];

describe.for(GROUPS)("%s answers", ([, answers]) => {
  it.for(answers)("%s %d %j: %s %s", async ([destination, status, body, is, errorClass]) => {
    const verdict = judge(destination, await answered(status, body));
    expect(verdict.is).toBe(is);
    expect("errorClass" in verdict ? verdict.errorClass : undefined).toBe(
      is === "gone" ? "gone" : errorClass,
    );
    if (verdict.is === "retry") expect(verdict.ours).toBe(false);
  });
});

describe("no answer", () => {
  /** Whose fault it is: nobody is charged for ours. */
  it.for<readonly [FailureClass, string, boolean?]>([
    ["dns", "retry", true],
    ["no-route", "retry", true],
    ["internal", "retry", true],
    ["connection-refused", "retry", false],
    ["connection-reset", "retry", false],
    ["tls", "retry", false],
    ["timeout", "retry", false],
    ["bad-response", "retry", false],
    ["egress-refused", "retry", false],
    ["aborted", "aborted"],
    ["invalid-request", "invalid"],
  ])("%s: %s, ours: %s", ([failure, is, ours]) => {
    const verdict = judge("raw", { failure: { class: failure, code: "X" }, totalMs: 1 });
    expect(verdict.is).toBe(is);
    expect(verdict.is === "retry" ? verdict.ours : undefined).toBe(ours);
  });

  /** What the system says when a name or a way is missing, or when this machine has nothing left to send with. */
  it.for<readonly [string, string, boolean]>([
    ["ENOTFOUND", "dns", true],
    ["EAI_AGAIN", "dns", true],
    ["EAI_FAIL", "dns", true],
    ["ENETUNREACH", "no-route", true],
    ["EHOSTUNREACH", "no-route", true],
    ["ENETDOWN", "no-route", true],
    ["EADDRNOTAVAIL", "no-route", true],
    ["EMFILE", "internal", true],
    ["ENFILE", "internal", true],
    ["ENOSPC", "internal", true],
    ["ENOMEM", "internal", true],
    ["EPERM", "internal", true],
    ["ECONNREFUSED", "connection-refused", false],
    ["ECONNRESET", "connection-reset", false],
    ["ETIMEDOUT", "timeout", false],
    ["EPROTO", "tls", false],
    ["CERT_HAS_EXPIRED", "tls", false],
  ])("because of %s: %s, ours: %s", async ([code, errorClass, ours]) => {
    const resolve = () => Promise.reject(Object.assign(new Error("no"), { code }));
    const http = createHttpClient({ maxBodyBytes: 1024, userAgent: "bellhop-test", resolve });
    const result = await http.post({ url: "http://a.example/", headers: [], body: "", deadlineMs: 20_000 });
    await http.close();
    expect(judge("raw", result)).toMatchObject({ is: "retry", errorClass, ours });
  });
});

it("says that a workflow has only accepted, and that a body broke off", () => {
  const response = { status: 202, headers: [], body: "", truncated: false };
  expect(judge("teams-workflow", { response, totalMs: 1 })).toEqual({
    is: "delivered",
    note: "accepted by the workflow, not necessarily posted",
  });
  const broken = { ...response, status: 200, truncated: true, brokenOff: "connection-reset" } as const;
  expect(judge("raw", { response: broken, totalMs: 1 })).toEqual({
    is: "delivered",
    note: "the answer's body broke off",
  });
});

describe("an answer that we cut short", () => {
  it.for<readonly [Destination, number, string, string]>([
    ["raw", 200, "", "delivered"],
    ["raw", 500, "", "aborted"],
    ["raw", 410, "", "gone"],
    ["slack", 200, "", "aborted"],
    ["slack", 200, "ok", "delivered"],
    ["slack", 404, "no_service", "gone"],
    ["teams-connector", 200, "", "aborted"],
  ])("of %s, %d %j: %s", ([destination, status, body, is]) => {
    const response = { status, headers: [], body, truncated: true, brokenOff: "aborted" } as const;
    expect(judge(destination, { response, totalMs: 1 }).is).toBe(is);
  });
});

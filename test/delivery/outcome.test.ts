/** Every answer a destination is known to give, and what becomes of the delivery. */
import { describe, expect, it } from "vitest";
import { judge } from "../../src/delivery/outcome.ts";
import type { FailureClass, PostResult } from "../../src/lib/http.ts";
import type { Destination } from "../../src/model/request.ts";

const answered = (status: number, body = ""): PostResult => ({
  response: { status, headers: [], body, truncated: false },
  totalMs: 1,
});
const failed = (failure: FailureClass): PostResult => ({
  failure: { class: failure, code: "X" },
  totalMs: 1,
});

/** destination, answer, verdict, error class */
const ANSWERS: readonly [Destination, PostResult, string, string?][] = [
  ["raw", answered(200), "delivered"],
  ["raw", answered(204), "delivered"],
  ["raw", answered(299), "delivered"],
  ["raw", answered(301), "retry", "redirect"],
  ["raw", answered(307), "retry", "redirect"],
  ["raw", answered(400), "retry", "http-4xx"],
  ["raw", answered(401), "retry", "http-4xx"],
  ["raw", answered(404), "retry", "http-4xx"],
  ["raw", answered(410), "gone", "gone"],
  ["raw", answered(429), "retry", "rate-limited"],
  ["raw", answered(500), "retry", "http-5xx"],
  ["raw", answered(503), "retry", "http-5xx"],
  ["raw", answered(199), "retry", "http-4xx"],
  ["slack", answered(200, "ok"), "delivered"],
  ["slack", answered(200, "ok\n"), "delivered"],
  ["slack", answered(200, '{"ok":true}'), "delivered"],
  ["slack", answered(200, ""), "retry", "rejected"],
  ["slack", answered(200, '{"ok":false,"error":"invalid_token"}'), "gone", "gone"],
  ["slack", answered(404, "no_service"), "gone", "gone"],
  ["slack", answered(404, "no_team"), "gone", "gone"],
  ["slack", answered(404, "channel_not_found"), "gone", "gone"],
  ["slack", answered(410, "channel_is_archived"), "gone", "gone"],
  ["slack", answered(403, "action_prohibited"), "gone", "gone"],
  ["slack", answered(403, "invalid_token"), "gone", "gone"],
  ["slack", answered(400, "invalid_payload"), "invalid", "invalid-payload"],
  ["slack", answered(400, "invalid_blocks"), "invalid", "invalid-payload"],
  ["slack", answered(500, "rollup_error"), "retry", "http-5xx"],
  ["slack", answered(429, '{"retry_after":1,"ok":false,"error":"rate_limited"}'), "retry", "rate-limited"],
  ["discord", answered(200, "{}"), "delivered"],
  ["discord", answered(204), "delivered"],
  ["discord", answered(404, '{"message":"Unknown Webhook","code":10015}'), "gone", "gone"],
  ["discord", answered(400, '{"code": 50035,"message":"Invalid Form Body"}'), "invalid", "invalid-payload"],
  ["discord", answered(404, "nothing here"), "retry", "http-4xx"],
  ["teams-connector", answered(200, "1"), "delivered"],
  [
    "teams-connector",
    answered(200, "Webhook message delivery failed with error: HTTP error 500"),
    "retry",
    "rejected",
  ],
  ["teams-workflow", answered(202), "delivered"],
  ["teams-workflow", answered(401, "DirectApiAuthorizationRequired"), "gone", "gone"],
  ["teams-workflow", answered(403), "gone", "gone"],
  ["teams-workflow", answered(404), "retry", "http-4xx"],
  ["teams-workflow", answered(404, '{"error":{"code":"WorkflowNotFound"}}'), "gone", "gone"],
  ["raw", failed("dns"), "retry", "dns"],
  ["raw", failed("no-route"), "retry", "no-route"],
  ["raw", failed("connection-refused"), "retry", "connection-refused"],
  ["raw", failed("connection-reset"), "retry", "connection-reset"],
  ["raw", failed("tls"), "retry", "tls"],
  ["raw", failed("timeout"), "retry", "timeout"],
  ["raw", failed("bad-response"), "retry", "bad-response"],
  ["raw", failed("aborted"), "aborted"],
];

describe("judge", () => {
  it.each(ANSWERS)("%s %o → %s %s", (destination, result, is, errorClass) => {
    const verdict = judge(destination, result);
    expect(verdict.is).toBe(is);
    expect("errorClass" in verdict ? verdict.errorClass : undefined).toBe(errorClass);
  });

  it("counts nothing against an integration that is our own fault", () => {
    const ours = (["dns", "no-route", "connection-refused", "timeout", "tls"] as const).map((failure) => {
      const verdict = judge("raw", failed(failure));
      return [failure, verdict.is === "retry" && verdict.ours];
    });
    expect(Object.fromEntries(ours)).toEqual({
      dns: true,
      "no-route": true,
      "connection-refused": false,
      timeout: false,
      tls: false,
    });
  });

  it("says that a workflow has only accepted, and that a body broke off", () => {
    expect(judge("teams-workflow", answered(202))).toEqual({
      is: "delivered",
      note: "accepted by the workflow, not necessarily posted",
    });
    const broken: PostResult = {
      response: { status: 200, headers: [], body: "", truncated: true, brokenOff: "connection-reset" },
      totalMs: 1,
    };
    expect(judge("raw", broken)).toEqual({ is: "delivered", note: "the answer's body broke off" });
  });
});

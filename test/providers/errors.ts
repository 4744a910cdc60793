/** Answers of refusal as the four providers document them, and what is made of them. */
import type { Answer } from "./exchanges.ts";

export interface RefusalSample {
  readonly what: string;
  readonly answer: Answer;
  readonly code: string;
  /** What the message must hold: the provider's own words, and the field where it names one. */
  readonly says: readonly string[];
  /** What the hint must hold. */
  readonly hint?: string;
}

const html = "<html><body><h1>Bad Gateway</h1></body></html>";

export const northflankRefusals: readonly RefusalSample[] = [
  {
    what: "a validation error with details by field",
    answer: {
      status: 400,
      json: {
        error: { status: 400, message: "Validation failed", id: "e1", details: { name: ["is too short"] } },
      },
    },
    code: "api-rejected",
    says: ["Validation failed", "name", "is too short", "400"],
  },
  {
    what: "a validation error with a list of details",
    answer: {
      status: 400,
      json: {
        error: {
          status: 400,
          message: "Bad request",
          details: [{ path: "webhook", message: "must be a URL" }],
        },
      },
    },
    code: "api-rejected",
    says: ["webhook: Bad request: must be a URL"],
  },
  {
    what: "a name that is taken",
    answer: { status: 409, json: { error: { status: 409, message: "Already exists", details: {} } } },
    code: "api-rejected",
    says: ["Already exists", "409"],
  },
  {
    what: "a token that is not accepted",
    answer: { status: 401, json: { error: { status: 401, message: "Unauthorized" } } },
    code: "api-unauthorised",
    says: ["Unauthorized"],
    hint: "credentials",
  },
  {
    what: "a token without the permission",
    answer: { status: 403, json: { error: { status: 403, message: "Insufficient permissions" } } },
    code: "api-unauthorised",
    says: ["Insufficient permissions"],
    hint: "right",
  },
  {
    what: "a failure of the provider without JSON",
    answer: { status: 500, text: html },
    code: "api-unreachable",
    says: ["500"],
    hint: "provider's side",
  },
];

export const scalingoRefusals: readonly RefusalSample[] = [
  {
    what: "a validation error by field",
    answer: { status: 422, json: { errors: { name: ["can't be blank"], platform_id: ["is invalid"] } } },
    code: "api-rejected",
    says: ["name: can't be blank", "422"],
  },
  {
    what: "a bad request with a code",
    answer: { status: 400, json: { error: "invalid parameter", code: "bad_param" } },
    code: "api-rejected",
    says: ["invalid parameter", "bad_param"],
  },
  {
    what: "an account that must pay",
    answer: {
      status: 402,
      json: { error: "payment required", url: "https://dashboard.scalingo.com/billing" },
    },
    code: "api-rejected",
    says: ["payment required", "402"],
  },
  {
    what: "somebody else's app",
    answer: { status: 403, json: { error: "forbidden", code: "forbidden" } },
    code: "api-unauthorised",
    says: ["forbidden"],
  },
  {
    what: "an app that is not there",
    answer: { status: 404, json: { resource: "App", error: "not found" } },
    code: "not-found",
    says: ["App not found"],
  },
  {
    what: "a conflict",
    answer: { status: 409, json: { error: "operation in progress" } },
    code: "api-rejected",
    says: ["operation in progress"],
  },
  {
    what: "plain text after too many requests",
    answer: { status: 429, text: "Retry later", headers: { "content-type": "text/plain" } },
    code: "api-limited",
    says: ["Retry later", "429"],
  },
  {
    what: "a failure of the provider",
    answer: { status: 500, json: { error: "internal error" } },
    code: "api-unreachable",
    says: ["internal error"],
  },
];

export const qoveryRefusals: readonly RefusalSample[] = [
  {
    what: "a bad request",
    answer: { status: 400, json: { status: 400, error: "Bad Request", message: "target_url is not valid" } },
    code: "api-rejected",
    says: ["target_url is not valid"],
  },
  {
    what: "an expired token",
    answer: { status: 401, json: { status: 401, error: "Unauthorized", message: "token has expired" } },
    code: "api-unauthorised",
    says: ["token has expired"],
  },
  {
    what: "a member without the role",
    answer: { status: 403, json: { status: 403, error: "Forbidden" } },
    code: "api-unauthorised",
    says: ["Forbidden"],
  },
  {
    what: "too many requests for longer than anybody waits",
    answer: {
      status: 429,
      json: { status: 429, error: "Too Many Requests", message: "slow down" },
      headers: { "retry-after": "7200" },
    },
    code: "api-limited",
    says: ["slow down"],
  },
];

const envelope = (...errors: readonly { code: number; message: string }[]): object => ({
  result: null,
  success: false,
  errors,
  messages: [],
});

export const cloudflareRefusals: readonly RefusalSample[] = [
  {
    what: "a refusal under a status of success",
    answer: { status: 200, json: envelope({ code: 17_001, message: "invalid request body" }) },
    code: "api-rejected",
    says: ["invalid request body", "code 17001"],
  },
  {
    what: "missing filters",
    answer: { status: 400, json: envelope({ code: 17_103, message: "required filters are missing" }) },
    code: "api-rejected",
    says: ["filters: required filters are missing", "code 17103"],
    hint: "filters",
  },
  {
    what: "an alert type that the plan does not have",
    answer: {
      status: 403,
      json: envelope({
        code: 17_200,
        message: "account is not entitled to create policies for the alert type",
      }),
    },
    code: "api-unauthorised",
    says: ["not entitled", "code 17200"],
    hint: "plan",
  },
  {
    what: "an interval that the alert type does not take",
    answer: { status: 400, json: envelope({ code: 17_009, message: "alert_interval is not supported" }) },
    code: "api-rejected",
    says: ["alert_interval: alert_interval is not supported"],
    hint: "remove alert_interval",
  },
  {
    what: "a test message that did not arrive",
    answer: {
      status: 400,
      json: envelope({ code: 17_000, message: "Webhook test failed with status code 403 403 Forbidden" }),
    },
    code: "api-rejected",
    says: ["url: Webhook test failed with status code 403"],
    hint: "2xx",
  },
  {
    what: "several errors",
    answer: {
      status: 400,
      json: envelope({ code: 1001, message: "first" }, { code: 1002, message: "second" }),
    },
    code: "api-rejected",
    says: ["first; second"],
  },
  {
    what: "a token that is not accepted, under a status of success",
    answer: { status: 200, json: envelope({ code: 10_000, message: "Authentication error" }) },
    code: "api-unauthorised",
    says: ["Authentication error"],
  },
  {
    what: "a page instead of an answer",
    answer: { status: 200, text: html },
    code: "api-unreachable",
    says: ["no JSON"],
    hint: "api.url",
  },
];

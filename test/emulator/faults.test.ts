import { describe, expect, test } from "vitest";
import { createFaultPlan, parseFault } from "../../src/emulator/faults.ts";
import { parseRateLimits } from "../../src/emulator/rate-limit.ts";
import { AppError, ExitCode } from "../../src/model/errors.ts";
import { startEmulator } from "../../src/emulator/server.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { emulate } from "./support.ts";

const status = (code: number, retryAfterS = 1) => ({ type: "status", status: code, retryAfterS });

describe("the form of a fault", () => {
  test.for([
    ["latency=200ms", { effect: { type: "latency", ms: 200 }, skip: 0 }],
    ["latency=1s,times=2", { effect: { type: "latency", ms: 1000 }, skip: 0, amount: { times: 2 } }],
    ["429", { effect: status(429), skip: 0 }],
    ["429=3", { effect: status(429), skip: 0, amount: { times: 3 } }],
    ["429=0.1", { effect: status(429), skip: 0, amount: { chance: 0.1 } }],
    ["429=1,retry-after=5", { effect: status(429, 5), skip: 0, amount: { times: 1 } }],
    ["500,chance=0.05", { effect: status(500), skip: 0, amount: { chance: 0.05 } }],
    ["drop", { effect: { type: "drop" }, skip: 0 }],
    ["drop-after-commit=1", { effect: { type: "drop-after-commit" }, skip: 0, amount: { times: 1 } }],
    [
      "503=2,skip=1@POST:/v1/*",
      { effect: status(503), skip: 1, amount: { times: 2 }, method: "POST", path: "/v1/*" },
    ],
    ["500@/organization/*", { effect: status(500), skip: 0, path: "/organization/*" }],
    ["drop@delete", { effect: { type: "drop" }, skip: 0, method: "DELETE" }],
  ] as const)("%s", ([spec, fault]) => {
    expect(parseFault(spec)).toEqual(fault);
  });

  test.for([
    "",
    "200",
    "latency",
    "latency=soon",
    "429=many",
    "429=2.5",
    "429,skip=x",
    "429,often",
    "429,times=1,chance=0.5",
    "explode",
    "500@v1",
  ])("%j is refused as wrong usage", (spec) => {
    const parse = (): unknown => parseFault(spec);
    expect(parse).toThrow(AppError);
    expect(parse).toThrow(expect.objectContaining({ code: "usage", exitCode: ExitCode.usage }));
  });
});

describe("when a fault strikes", () => {
  const strikes = (spec: string, requests: readonly string[], random = () => 0.5): boolean[] => {
    const plan = createFaultPlan([parseFault(spec)], random);
    return requests.map((request) => {
      const [method = "", path = ""] = request.split(" ");
      return plan.before(method, path).length > 0 || plan.losesAnswer(method, path);
    });
  };
  const POST = "POST /v1/integrations/notifications";

  test.for([
    ["429=2", [POST, POST, POST], [true, true, false]],
    ["429=1,skip=1", [POST, POST, POST], [false, true, false]],
    ["429@POST:/v1/*", [POST, "GET /v1/a", "POST /organization/a"], [true, false, false]],
    ["429@/v1/*/notifications", [POST], [true]],
    ["drop-after-commit=1@POST:/v1/integrations/*", [POST, POST], [true, false]],
    ["429=0.6", [POST], [true]],
    ["429=0.4", [POST], [false]],
  ] as const)("%s", ([spec, requests, expected]) => {
    expect(strikes(spec, requests)).toEqual(expected);
  });
});

describe("what a client sees", () => {
  const PATH = "/v1/integrations/notifications";
  const body = { name: "Builds", type: "RAW_WEBHOOK", webhook: "https://e.com", events: {} };
  const withFault = (...specs: string[]) => emulate({ faults: specs.map(parseFault) });

  test.for([
    ["/v1/integrations/notifications", { error: expect.objectContaining({ status: 429 }) }],
    ["/v1/apps/shop/notifiers", "Retry later"],
    ["/organization/acme/webhook", expect.objectContaining({ status: 429 })],
    ["/client/v4/accounts/a/alerting/v3/policies", expect.objectContaining({ success: false })],
  ] as const)(
    "429 at %s comes in the provider's form with Retry-After, and then no more",
    async ([path, form]) => {
      const { call } = await withFault("429=1,retry-after=7");
      const answer = await call("GET", path);
      expect(answer.status).toBe(429);
      expect(answer.headers.get("retry-after")).toBe("7");
      expect(answer.body).toEqual(form);
      expect((await call("GET", path)).status).toBe(200);
    },
  );

  test("500 strikes before anything is done", async () => {
    const { call, stored } = await withFault("500=1@POST:/v1/*");
    expect((await call("POST", PATH, { body })).status).toBe(500);
    expect(await stored("northflank/notification")).toEqual([]);
    expect((await call("POST", PATH, { body })).status).toBe(200);
  });

  test("latency delays the answer", async () => {
    const { call } = await withFault("latency=80ms");
    const before = performance.now();
    expect((await call("GET", PATH)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(79);
  });

  test("an emulator that is stopped does not wait for latency", async () => {
    const running = await startEmulator({
      listen: "127.0.0.1:0",
      emulators,
      kinds: kindSpecs,
      store: openMemoryStore(),
      faults: [parseFault("latency=1h")],
    });
    const pending = fetch(`${running.url}${PATH}`).then(
      () => "answered",
      () => "cut off",
    );
    // Unknown paths have no faults: once this is answered, the other one waits.
    expect((await fetch(`${running.url}/elsewhere`)).status).toBe(404);
    await running.close();
    expect(await pending).toBe("cut off");
  });

  test("drop ends the connection, and nothing was done", async () => {
    const { call, stored } = await withFault("drop=1@POST");
    await expect(call("POST", PATH, { body })).rejects.toThrow("fetch failed");
    expect(await stored("northflank/notification")).toEqual([]);
  });

  test("drop-after-commit ends the connection, and the object exists", async () => {
    const { call, stored } = await withFault("drop-after-commit=1");
    expect((await call("GET", PATH)).status).toBe(200);
    expect((await call("POST", PATH, { body: {} })).status).toBe(400);
    await expect(call("POST", PATH, { body })).rejects.toThrow("fetch failed");
    expect(await stored("northflank/notification")).toHaveLength(1);
    expect((await call("DELETE", `${PATH}/builds`)).status).toBe(200);
  });
});

describe("budgets of the command line", () => {
  test.for([
    [[], new Map()],
    [["off"], "off"],
    [["scalingo=600/1m"], new Map([["scalingo", { limit: 600, windowMs: 60_000 }]])],
  ] as const)("%j", ([specs, expected]) => {
    expect(parseRateLimits(specs, ["scalingo"])).toEqual(expected);
  });

  test.for(["none", "github=1/1m", "scalingo=x/1m", "scalingo=1/0", "scalingo=1"])(
    "%s is refused",
    (spec) => {
      expect(() => parseRateLimits([spec], ["scalingo"])).toThrow(AppError);
    },
  );
});

/** A daemon without a delivery side, for tests of the surface alone: one integration, `hook`, and a policy. */
import type { ResendRequest } from "../../src/server/deliveries.ts";
import type { ServerPort } from "../../src/server/server.ts";

/** What was asked to be resent. */
export const asked: ResendRequest[] = [];

export const port: ServerPort = {
  ready: () => true,
  trouble: () => undefined,
  stopping: () => false,
  accept: () => Promise.reject(new Error("nobody takes events here")),
  objection: (name) => {
    if (name === "policy") return { code: "unsupported", message: "policy receives nothing by itself" };
    return name === "hook" ? undefined : { code: "unknown-key", message: `no store has ${name}` };
  },
  test: (name) => Promise.resolve(`test of ${name}`),
  enable: () => Promise.resolve({ disabled: false, reason: null }),
  disable: (_name, reason) => Promise.resolve({ disabled: true, reason }),
  recover: () => Promise.resolve({ held: 3 }),
  resend: (request) => {
    asked.push(request);
    return Promise.resolve({ resent: 1 });
  },
  status: () =>
    Promise.resolve({
      pid: 1,
      startedAt: "2026-11-20T12:00:00.000Z",
      ready: true,
      config: {
        file: "/n.yaml",
        loadedAt: "2026-11-20T12:00:00.000Z",
        digest: "d",
        error: null,
        restart: [],
      },
      integrations: [],
      declared: [],
    }),
};

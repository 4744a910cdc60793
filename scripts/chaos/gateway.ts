/** Stands between a bellhop process and the emulator, counts the requests, and strikes at one of them. */
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface Gateway {
  readonly url: string;
  /** Requests so far. */
  readonly requests: () => number;
  /** Counts from 0 again, and strikes once, or not at all. */
  arm(strike: Strike | undefined): void;
  close(): Promise<void>;
}

export interface Strike {
  /** Which request, from 0. */
  readonly request: number;
  /** `before`: nothing of it reaches the server. `after`: the server has done it, and the answer does not come back. */
  readonly when: "before" | "after";
  /** Called at that moment; the connection ends afterwards. */
  readonly action: () => void;
}

/** `state` is where requests below `/state` go; all others go to `upstream`. Both are counted. */
export async function startGateway(upstream: string, state: string): Promise<Gateway> {
  let requests = 0;
  let strike: Strike | undefined;
  const server = createServer((request, response) => {
    const mine = requests++;
    const hit = strike?.request === mine ? strike : undefined;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (hit?.when === "before") {
        hit.action();
        return void response.destroy();
      }
      const onward = send(
        `${request.url?.startsWith("/state") === true ? state : upstream}${request.url ?? ""}`,
        { method: request.method ?? "GET", headers: request.headers },
        (answer) => {
          const body: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => body.push(chunk));
          answer.on("end", () => {
            if (hit !== undefined) {
              hit.action();
              return void response.destroy();
            }
            response.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(body));
          });
        },
      );
      onward.on("error", () => response.destroy());
      onward.end(Buffer.concat(chunks));
    });
    request.on("error", () => undefined);
    response.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    arm: (next) => {
      requests = 0;
      strike = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

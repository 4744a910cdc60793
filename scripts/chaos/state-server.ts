/** A server of Terraform's HTTP backend protocol, for states that are not in a file. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ChaosStateServer {
  readonly url: string;
  /** What is stored; "" for nothing. */
  body: string;
  /** JSON of who holds the lock. */
  lock: string | undefined;
  close(): Promise<void>;
}

export async function startStateServer(body: string): Promise<ChaosStateServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const id = new URL(request.url ?? "/", "http://x").searchParams.get("ID");
      const [status, answer] = handle(it, request.method ?? "", Buffer.concat(chunks).toString(), id);
      response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const it: ChaosStateServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    body,
    lock: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return it;
}

const idOf = (lock: string): unknown => (JSON.parse(lock) as { ID?: unknown }).ID;

function handle(
  it: Pick<ChaosStateServer, "body" | "lock">,
  method: string,
  body: string,
  id: string | null,
): readonly [number, string] {
  switch (method) {
    case "GET":
      return it.body === "" ? [404, ""] : [200, it.body];
    case "POST":
      if (it.lock !== undefined && idOf(it.lock) !== id) return [409, it.lock];
      it.body = body;
      return [200, ""];
    case "LOCK":
      if (it.lock !== undefined) return [423, it.lock];
      it.lock = body;
      return [200, ""];
    case "UNLOCK":
      if (it.lock !== undefined && idOf(it.lock) !== idOf(body)) return [409, it.lock];
      it.lock = undefined;
      return [200, ""];
    default:
      return [405, ""];
  }
}

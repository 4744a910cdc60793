/** The HTTP client that deliveries are sent with: what it may connect to changes with the configuration. */
import { createHttpClient } from "../lib/http.ts";
import type { HttpClient } from "../lib/http.ts";

/** How much of an answer is read and kept, in bytes. */
const RESPONSE_LIMIT = 64 * 1024;

export interface DeliveryHttp extends HttpClient {
  /** For requests from now on; what is under way ends as it began. */
  allow(ranges: readonly string[]): void;
}

export function createDeliveryHttp(ranges: readonly string[]): DeliveryHttp {
  let current = openGeneration(ranges);
  const ending = new Set<Generation>();
  const retire = (old: Generation): void => {
    ending.add(old);
    void old.end().finally(() => ending.delete(old));
  };
  return {
    post: (request) => current.use((client) => client.post(request)),
    request: (request) => current.use((client) => client.request(request)),
    allow: (wanted) => {
      retire(current);
      current = openGeneration(wanted);
    },
    close: async () => {
      await Promise.all([current, ...ending].map((generation) => generation.client.close()));
    },
  };
}

interface Generation {
  readonly client: HttpClient;
  use<T>(send: (client: HttpClient) => Promise<T>): Promise<T>;
  /** Closes its connections once nobody uses them. */
  end(): Promise<void>;
}

function openGeneration(allow: readonly string[]): Generation {
  const client = createHttpClient({
    maxBodyBytes: RESPONSE_LIMIT,
    userAgent: "bellhop",
    egress: { allow },
  });
  const open = new Set<Promise<unknown>>();
  return {
    client,
    use: (send) => {
      const sending = send(client);
      open.add(sending);
      const done = (): void => void open.delete(sending);
      sending.then(done, done);
      return sending;
    },
    end: async () => {
      await Promise.allSettled(open);
      await client.close();
    },
  };
}

/** Calls into a database thread. What is called within one turn of the event loop travels in one message. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { AppError } from "../../model/errors.ts";
import type { Api, FailureReply, Inbound, Outbound, Reply, Request, ThreadData } from "./protocol.ts";

export interface Connection {
  call<K extends keyof Api>(operation: K, argument: Parameters<Api[K]>[0]): Promise<ReturnType<Api[K]>>;
  /** Resolves once everything called before has been answered and the file is closed. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Resolves when the thread has opened the file; rejects with what kept it from that. */
export async function connect(data: ThreadData): Promise<Connection> {
  const worker = startThread(data);
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  let outgoing: Request[] = [];
  let lastId = 0;
  let closing: Promise<void> | undefined;

  const fail = (error: Error): void => {
    failure ??= error;
    for (const one of waiting.values()) one.reject(failure);
    waiting.clear();
  };
  const settle = (reply: Reply): void => {
    const one = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("value" in reply) one?.resolve(reply.value);
    else one?.reject(errorOf(reply.failure));
  };
  const post = (message: Inbound): void => worker.postMessage(message);
  const send = (): void => {
    const requests = outgoing;
    outgoing = [];
    if (requests.length > 0 && failure === undefined) post({ requests });
  };
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      fail(unavailable(data.path, "its thread has ended"));
      resolve();
    });
  });

  await new Promise<void>((resolve, reject) => {
    worker.on("error", (error) => {
      fail(unavailable(data.path, "its thread has failed", error));
      reject(error);
    });
    worker.on("message", (message: Outbound) => {
      if ("ready" in message) resolve();
      else if ("failed" in message) reject(errorOf(message.failed));
      else if ("replies" in message) message.replies.forEach(settle);
    });
  });

  return {
    call: <K extends keyof Api>(operation: K, argument: Parameters<Api[K]>[0]) =>
      new Promise<ReturnType<Api[K]>>((resolve, reject) => {
        const refused = closing === undefined ? failure : unavailable(data.path, "it is closed");
        if (refused !== undefined) return reject(refused);
        lastId += 1;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread answers with what the operation returns
        waiting.set(lastId, { resolve: (value) => resolve(value as ReturnType<Api[K]>), reject });
        if (outgoing.push({ id: lastId, operation, argument }) === 1) setImmediate(send);
      }),
    close: () => {
      closing ??= (async () => {
        send();
        if (failure === undefined) post({ close: true });
        await exited;
      })();
      return closing;
    },
  };
}

/** From source the thread needs tsx as well, wherever the process was started from; built files need nothing. */
function startThread(data: ThreadData): Worker {
  const url = import.meta.url;
  // Node 22 and 24 still call node:sqlite experimental, on standard error, whenever it is loaded.
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const options = { name: "bellhop-outbox", workerData: data, execArgv };
  if (!url.endsWith(".ts")) return new Worker(new URL("./thread.js", url), options);
  // Its CommonJS build, which is what require finds, cannot register from a data URL.
  const tsx = pathToFileURL(
    createRequire(url)
      .resolve("tsx/esm/api")
      .replace(/\.cjs$/, ".mjs"),
  ).href;
  const register = `data:text/javascript,import { register } from ${JSON.stringify(tsx)}; register();`;
  return new Worker(new URL("./thread.ts", url), {
    ...options,
    execArgv: [...execArgv, "--import", register],
  });
}

const unavailable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError("outbox-unavailable", `${path} cannot be used: ${why}`, { cause });

function errorOf(failure: FailureReply): Error {
  const { message, code, hint, exitCode, stack } = failure;
  if (code !== undefined) {
    return new AppError(code, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(exitCode === undefined ? {} : { exitCode }),
    });
  }
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

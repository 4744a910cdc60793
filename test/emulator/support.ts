/** A running emulator, and requests to it as any client would make them. */
import { onTestFinished } from "vitest";
import type { EmulatorOptions } from "../../src/emulator/server.ts";
import { startEmulator } from "../../src/emulator/server.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; text when it is none; undefined when there is no body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests say what they expect of it
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is in place of `body`. */
  readonly raw?: string;
  /** Added to, or with undefined taken from, the usual ones. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface TestEmulator {
  readonly url: string;
  readonly store: Store;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** What is stored of one kind. */
  readonly stored: (kind: string) => Promise<readonly StoreRecord[]>;
}

export async function emulate(options: Partial<EmulatorOptions> = {}): Promise<TestEmulator> {
  const store = options.store ?? openMemoryStore();
  const running = await startEmulator({
    listen: "127.0.0.1:0",
    emulators,
    kinds: kindSpecs,
    randomSeed: 1,
    ...options,
    store,
  });
  onTestFinished(() => running.close());
  return {
    url: running.url,
    store,
    call: (method, path, callOptions) => call(`${running.url}${path}`, method, callOptions),
    stored: async (kind) => (await store.read()).filter((record) => record.kind === kind),
  };
}

async function call(
  url: string,
  method: string,
  { body, raw, headers = {} }: CallOptions = {},
): Promise<Answer> {
  const all = { authorization: "Bearer any-token", ...headers };
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method,
    headers: Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    ),
    ...(text === undefined ? {} : { body: text }),
  });
  return { status: response.status, headers: response.headers, body: parse(await response.text()) };
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A clock that moves only when it is told to. */
export function fakeClock(start = Date.parse("2026-01-02T03:04:05.000Z")): {
  now: () => number;
  pass: (ms: number) => void;
} {
  let at = start;
  return { now: () => at, pass: (ms) => void (at += ms) };
}

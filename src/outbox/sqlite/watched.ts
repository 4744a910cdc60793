/** Whether writes succeed, as the answers to them tell; and, while they do not, a look every second whether they do again. */
import { AppError } from "../../model/errors.ts";
import type { Healthy } from "../contract.ts";
import type { Connection } from "./connection.ts";
import type { Api } from "./protocol.ts";

export interface Watched extends Connection {
  readonly healthy: () => Healthy;
}

const LOOK_MS = 1000;

export function watched(connection: Connection, clock: () => number): Watched {
  let state: Healthy = { ok: true };
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    timer = undefined;
    // What comes of it is noted by `call`.
    void call("touch", clock()).catch(() => undefined);
  };
  const failed = (error: unknown): void => {
    if (!(error instanceof AppError) || error.code !== "outbox-unavailable") return;
    state = { ok: false, reason: error.message };
    timer ??= setTimeout(look, LOOK_MS).unref();
  };
  const call: Connection["call"] = async (operation, argument) => {
    try {
      const answer = await connection.call(operation, argument);
      if (state.ok || !changes(operation, argument)) return answer;
      state = { ok: true };
      clearTimeout(timer);
      timer = undefined;
      return answer;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return {
    call,
    healthy: () => state,
    close: () => {
      clearTimeout(timer);
      return connection.close();
    },
  };
}

/** Whether it must have written something: one that had nothing to do succeeds on a full disk too. */
function changes<K extends keyof Api>(operation: K, argument: Parameters<Api[K]>[0]): boolean {
  if (operation === "touch" || operation === "setHealth") return true;
  if (typeof argument !== "object" || argument === null) return false;
  const lists = [
    operation === "record" && "results" in argument ? argument.results : [],
    operation === "accept" && "events" in argument ? argument.events : [],
  ];
  return lists.some((list) => Array.isArray(list) && list.length > 0);
}

/** Trouble that lasts is an error in the log once; while it stays the same, trying again is worth a debug line. */
import type { Log } from "../lib/log.ts";

export interface Trouble {
  /** `fields` say more than the reason. */
  say(error: unknown, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** It worked: the next time is worth an error again. */
  over(): void;
}

export function createTrouble(log: Log): Trouble {
  let said: string | undefined;
  return {
    say: (error, message, fields = {}) => {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === said) log.debug({ ...fields, reason }, message);
      else log.error({ ...fields, reason }, message);
      said = reason;
    },
    over: () => {
      said = undefined;
    },
  };
}

/** The one door to pino: structured lines for machines, short lines for a terminal. */
import pino from "pino";
import type { Logger } from "pino";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error" | "isLevelEnabled">;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** JSON lines with `level`, ISO `time` and `msg`; with `pretty`, one readable line each. */
export function createLog(options: { level: string; pretty: boolean; write: (line: string) => void }): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => options.write(options.pretty ? prettify(line) : line) },
  );
}

function prettify(line: string): string {
  const entry: unknown = JSON.parse(line);
  if (typeof entry !== "object" || entry === null) return line;
  const { level, time, msg, ...rest } = { level: "", time: "", msg: "", ...entry };
  const details = Object.entries(rest).map(([name, value]) => `${name}=${show(value)}`);
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${[msg, ...details].join("  ")}\n`;
}

/** Control characters, which may come from a file's name, do nothing to the terminal. */
const show = (value: unknown): string =>
  (typeof value === "string" ? value : JSON.stringify(value)).replace(/\p{Cc}|\p{Bidi_Control}/gu, "\uFFFD");

/** What happens at providers' APIs while a command runs, for the person who waits. */
import { apiSurroundings } from "../app/api-targets.ts";
import type { ApiSurroundings } from "../app/api-targets.ts";
import type { Io } from "./contract.ts";

/** Warnings and long waits go to the terminal; an interrupt ends waits. */
export const noticesTo = (io: Io): ApiSurroundings =>
  apiSurroundings({
    signal: io.stopping,
    onNotice: ({ level, message }) => io.err(level === "warning" ? `warning: ${message}\n` : `${message}\n`),
  });

/** Opens the outbox for one command and closes it afterwards. */
import { existsSync } from "node:fs";
import { databaseFile } from "../app/session.ts";
import type { Config } from "../model/config.ts";
import type { Outbox, OutboxMode } from "../outbox/contract.ts";
import { openSqliteOutbox } from "../outbox/sqlite/client.ts";

/** Reads the outbox; a database that does not exist yet is not created, and `missing` is the answer. */
export async function readOutbox<T>(
  config: Config,
  missing: T,
  read: (outbox: Outbox) => Promise<T>,
): Promise<T> {
  return existsSync(databaseFile(config)) ? withOutbox(config, "shared", read) : missing;
}

export async function withOutbox<T>(
  config: Config,
  mode: OutboxMode,
  use: (outbox: Outbox) => Promise<T>,
): Promise<T> {
  const outbox = await openSqliteOutbox({ path: databaseFile(config), mode });
  try {
    return await use(outbox);
  } finally {
    await outbox.close();
  }
}

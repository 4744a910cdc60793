/** Opens the outbox for one command and closes it afterwards. */
import { existsSync } from "node:fs";
import { databaseFile } from "../app/session.ts";
import type { Outbox, OutboxMode } from "../outbox/contract.ts";
import { openSqliteOutbox } from "../outbox/sqlite/client.ts";

/** A configuration, or the ground that a command goes by. */
interface Located {
  readonly daemon: { readonly database: string };
}

/** Reads the outbox; a database that does not exist yet is not created, and `missing` is the answer. */
export async function readOutbox<T>(
  at: Located,
  missing: T,
  read: (outbox: Outbox) => Promise<T>,
): Promise<T> {
  return existsSync(databaseFile(at)) ? withOutbox(at, "shared", read) : missing;
}

export async function withOutbox<T>(
  at: Located,
  mode: OutboxMode,
  use: (outbox: Outbox) => Promise<T>,
): Promise<T> {
  const outbox = await openSqliteOutbox({ path: databaseFile(at), mode });
  try {
    return await use(outbox);
  } finally {
    await outbox.close();
  }
}

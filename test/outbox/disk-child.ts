/** A process whose disk fails: opens the outbox in argv[2] and answers each line of its input with one of JSON. */
import { createInterface } from "node:readline";
import { AppError } from "../../src/model/errors.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { accepted, batchOf, owed } from "../conformance/outbox/fixtures.ts";

// A write beyond the size that the process may write then fails, instead of ending it.
process.on("SIGXFSZ", () => undefined);

const outbox = await openSqliteOutbox({ path: process.argv[2] ?? "", mode: "exclusive" });
const text = "x".repeat(20_000);

async function answer([command, id = ""]: readonly string[]): Promise<unknown> {
  if (command === "healthy") return outbox.healthy();
  if (command === "events") return (await outbox.events({})).events.map((one) => one.event.id);
  if (command === "claim") return attempt(claimed());
  const event = accepted(id, [owed("a"), owed("b")], { data: text, body: text });
  return attempt(outbox.accept(batchOf([event])));
}

const attempt = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) =>
    error instanceof AppError
      ? { name: error.name, code: error.code, message: error.message }
      : String(error),
  );

async function claimed(): Promise<number> {
  const some = await outbox.claim({ now: Date.now(), limit: 100, perIntegration: 100, skip: [] });
  return some.length;
}

const reply = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
reply("ready");
for await (const line of createInterface(process.stdin)) reply(await answer(line.split(" ")));

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { onTestFinished } from "vitest";
import { createFileSource } from "../../src/sources/file.ts";
import { createNatsSource } from "../../src/sources/nats.ts";
import { createStdinSource } from "../../src/sources/stdin.ts";
import { sourceConformance, type SourceOrigin } from "../conformance/source.ts";
import { natsProgram, startNats } from "../support/nats-server.ts";
import { tempDir } from "../support/temp.ts";

const toLines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");

sourceConformance("the file source", async () => {
  const base = await tempDir();
  const feed = async (...texts: string[]): Promise<void> =>
    appendFileSync(join(base, "a.ndjson"), toLines(texts));
  return {
    feed,
    open: (onProblem) => createFileSource({ pattern: "*.ndjson", base, pollMs: 20, onProblem }),
  };
});

sourceConformance("the source of standard input", async () => {
  const stream = new PassThrough();
  const feed = async (...texts: string[]): Promise<void> => void stream.write(toLines(texts));
  return { feed, open: (onProblem) => createStdinSource({ stream, onProblem, retryMs: 5 }) };
});

const openNats = async (): Promise<SourceOrigin> => {
  const { url } = await startNats();
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  await (await jetstreamManager(connection)).streams.add({ name: "EVENTS", subjects: ["events"] });
  const client = jetstream(connection);
  const feed = async (...texts: string[]): Promise<void> => {
    for (const text of texts) await client.publish("events", text);
  };
  const names = { servers: [url], stream: "EVENTS", consumer: "bellhop" };
  return { feed, open: (onProblem) => createNatsSource({ ...names, onProblem, retryMs: 5 }) };
};
sourceConformance("the NATS source", openNats, "missing" in natsProgram ? natsProgram.missing : undefined);

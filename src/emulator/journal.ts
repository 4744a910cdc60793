/** What providers remember besides resources, bounded; kept in a file where one is given. */
import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { readTextIfExists, writeFileAtomic } from "../lib/atomic-file.ts";
import { isObject } from "../model/value.ts";
import type { Json } from "../model/value.ts";
import type { Journal, JsonObject } from "../providers/emulator-contract.ts";

const MOST_PER_TOPIC = 10_000;

export interface KeptJournal extends Journal {
  /** Resolves when everything that was appended is on disk. */
  settled(): Promise<void>;
}

type Topics = Map<string, JsonObject[]>;

/**
 * `file` holds a line of JSON for each entry; what is not one, such as the last line of a process that was killed, is left out.
 * Throws what reading the file throws; `onFailure` is told of an entry that could not be written.
 */
export async function openJournal(
  file: string | undefined,
  onFailure: (what: string) => void,
): Promise<KeptJournal> {
  const topics: Topics = new Map();
  if (file !== undefined) await load(file, topics);
  let written: Promise<void> = Promise.resolve();
  const keep = (line: string): void => {
    if (file === undefined) return;
    written = written
      .then(() => appendFile(file, line, { mode: 0o600 }))
      .catch((error: unknown) =>
        onFailure(`${file}: ${error instanceof Error ? error.message : String(error)}`),
      );
  };
  return {
    append: (topic, scope, entry) => {
      add(topics, topic, scope, entry);
      keep(lineOf(topic, scope, entry));
    },
    list: (topic, scope) => topics.get(keyOf(topic, scope)) ?? [],
    settled: () => written,
  };
}

const keyOf = (topic: string, scope: string): string => JSON.stringify([topic, scope]);

const lineOf = (topic: string, scope: string, entry: JsonObject): string =>
  `${JSON.stringify({ topic, scope, entry })}\n`;

function add(topics: Topics, topic: string, scope: string, entry: JsonObject): void {
  const key = keyOf(topic, scope);
  const entries = topics.get(key) ?? [];
  topics.set(key, entries);
  entries.push(entry);
  if (entries.length > MOST_PER_TOPIC) entries.shift();
}

/** Writes the file anew where it holds more than is kept, or ends within a line. */
async function load(file: string, topics: Topics): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const text = (await readTextIfExists(file)) ?? "";
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const { topic, scope, entry } = read(line);
    if (typeof topic !== "string" || typeof scope !== "string" || !isObject(entry)) continue;
    add(topics, topic, scope, entry);
    lines.push(lineOf(topic, scope, entry));
  }
  const kept = [...topics.values()].reduce((sum, entries) => sum + entries.length, 0);
  if (lines.length > 2 * kept || (text !== "" && !text.endsWith("\n"))) {
    await writeFileAtomic(file, serialise(topics));
  }
}

function read(line: string): { readonly [name: string]: Json } {
  try {
    const value: Json = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function serialise(topics: Topics): string {
  return [...topics]
    .flatMap(([key, entries]) => {
      const [topic = "", scope = ""]: string[] = JSON.parse(key);
      return entries.map((entry) => lineOf(topic, scope, entry));
    })
    .join("");
}

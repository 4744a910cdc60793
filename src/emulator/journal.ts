/** What providers remember besides resources, in memory and bounded. */
import type { Journal, JsonObject } from "../providers/emulator-contract.ts";

const MOST_PER_TOPIC = 10_000;

export function createJournal(): Journal {
  const topics = new Map<string, JsonObject[]>();
  const entriesOf = (topic: string, scope: string): JsonObject[] => {
    const key = JSON.stringify([topic, scope]);
    const entries = topics.get(key) ?? [];
    topics.set(key, entries);
    return entries;
  };
  return {
    append: (topic, scope, entry) => {
      const entries = entriesOf(topic, scope);
      entries.push(entry);
      if (entries.length > MOST_PER_TOPIC) entries.shift();
    },
    list: (topic, scope) => entriesOf(topic, scope),
  };
}

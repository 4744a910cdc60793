/** Candidates that may hold a text: by the index of texts, and what is not in it yet. */
import { inJson } from "./conditions.ts";
import { failureOf } from "./driver.ts";
import { BY_EVENT_NUMBERS, type Candidates, type Finder, ofDeliveries } from "./finder.ts";
import { firstOf, merged } from "./stretch.ts";
import { type TextFile, TooCommon, type Watermark } from "./text-file.ts";

/** The id above all deliveries of the events below a number: those from there on are of it and of what came later. */
const ABOVE = `
  SELECT first_delivery + deliveries AS id FROM events WHERE n < ? AND deliveries > 0 ORDER BY n DESC LIMIT 1`;
const FIRST_AFTER = "SELECT first_delivery AS id FROM events WHERE n > ? ORDER BY n LIMIT 1";
const NEWEST_EVENT = "SELECT d.event AS id FROM deliveries d WHERE d.id < ? ORDER BY d.id DESC LIMIT 1";
const ANSWERED_AFTER = "SELECT delivery AS id FROM attempts WHERE n > ? ORDER BY n";

/** What is not in the index yet: deliveries from `first` on, and those that were answered since. */
interface Tail {
  readonly first: number;
  readonly answered: readonly number[];
}

export function byText(
  finder: Finder,
  textFile: () => TextFile | undefined,
  text: string,
  from: number,
): Candidates {
  let tail: Tail | undefined;
  const after = ({ event, attempt }: Watermark): Tail => ({
    first: finder.ids(FIRST_AFTER, [event])[0] ?? Number.MAX_SAFE_INTEGER,
    answered: finder.ids(ANSWERED_AFTER, [attempt]),
  });
  const find = (file: TextFile, below: number, count: number): ReturnType<Candidates> => {
    tail ??= after(file.watermark());
    const newest = finder.ids(NEWEST_EVENT, [below])[0] ?? 0;
    const events = file.events(inJson(text), newest + 1, count);
    const unread = ofDeliveries([]);
    return merged([
      {
        numbers: finder.ids(BY_EVENT_NUMBERS, [JSON.stringify(events.numbers), below, from]),
        next: events.next === undefined ? undefined : finder.ids(ABOVE, [events.next])[0],
      },
      file.deliveries(text, below, count),
      firstOf(finder.ids(unread.sql, unread.values(below, Math.max(from, tail.first), count)), count),
      { numbers: tail.answered.filter((id) => id < below), next: undefined },
    ]);
  };
  return (below, count) => {
    try {
      const file = textFile();
      return file === undefined ? undefined : find(file, below, count);
    } catch (error) {
      // An index that cannot be read is none.
      if (error instanceof TooCommon || failureOf(error) !== "none") return undefined;
      throw error;
    }
  };
}

/** Brings the index of texts up to the outbox, a little at a time: what is not in it yet is looked through by every search. */
import { type Database, failureOf } from "./driver.ts";
import { type TextDocument, type TextFile, removeTextFile, writeTextFile } from "./text-file.ts";

export interface TextFeed {
  /** The index; opened when it is first needed. */
  readonly file: () => TextFile;
  /** Adds for about so many milliseconds. True when everything is in the index. */
  readonly step: (ms: number) => boolean;
  close(): void;
}

const EVENTS = "SELECT n, data FROM events WHERE n > ? ORDER BY n LIMIT ?";
const ATTEMPTS = `
  SELECT a.n, d.event, a.delivery, a.number, a.response_body AS text
  FROM attempts a CROSS JOIN deliveries d ON d.id = a.delivery WHERE a.n > ? ORDER BY a.n LIMIT ?`;
/** Rows read at once; the time is looked at in between. */
const CHUNK = 32;

interface AttemptText {
  readonly n: number;
  readonly event: number;
  readonly delivery: number;
  readonly number: number;
  readonly text: string | null;
}

/** `db` is only read. */
export function createTextFeed(db: Database, path: string): TextFeed {
  const events = db.prepare<{ n: number; data: string }>(EVENTS);
  const attempts = db.prepare<AttemptText>(ATTEMPTS);
  const lastEvent = db.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
  const some = db.prepare<{ n: number }>("SELECT n FROM events WHERE n BETWEEN ? AND ? LIMIT 1");
  const name = db.prepare<{ value: string }>("SELECT value FROM facts WHERE name = 'file'");
  let opened: TextFile | undefined;

  const file = (): TextFile => {
    if (opened !== undefined) return opened;
    opened = writeTextFile(path, name.get()?.value ?? "");
    if (opened.watermark().event > (lastEvent.get()?.seq ?? 0)) {
      // The outbox is an older copy of the one that was indexed.
      opened.close();
      removeTextFile(path);
      opened = writeTextFile(path, name.get()?.value ?? "");
    }
    return opened;
  };

  const step = (ms: number): boolean => {
    const until = performance.now() + ms;
    const documents: TextDocument[] = [];
    const mark = file().watermark();
    let { event, attempt } = mark;
    let [moreEvents, moreAttempts] = [true, true];
    while ((moreEvents || moreAttempts) && performance.now() < until) {
      const made = moreEvents ? events.all(event, CHUNK) : [];
      for (const { n, data } of made) documents.push({ event: n, delivery: null, attempt: 0, text: data });
      event = made.at(-1)?.n ?? event;
      moreEvents = made.length === CHUNK;
      const answers = moreAttempts ? attempts.all(attempt, CHUNK) : [];
      for (const { event: of, delivery, number, text } of answers) {
        if (text !== null && text !== "") documents.push({ event: of, delivery, attempt: number, text });
      }
      attempt = answers.at(-1)?.n ?? attempt;
      moreAttempts = answers.length === CHUNK;
    }
    if (event !== mark.event || attempt !== mark.attempt) {
      file().add(inOrder(documents), { ...mark, event, attempt });
    }
    const done = !moreEvents && !moreAttempts;
    if (done) file().drop((first, last) => some.get(first, last) === undefined);
    return done;
  };
  /** A damaged index is begun anew. */
  const stepOrRestart = (ms: number): boolean => {
    try {
      return step(ms);
    } catch (error) {
      if (failureOf(error) !== "damaged") throw error;
      opened?.close();
      opened = undefined;
      removeTextFile(path);
      return false;
    }
  };
  return { file, step: stepOrRestart, close: () => opened?.close() };
}

/** A table takes what rises with less work. */
const inOrder = (documents: readonly TextDocument[]): readonly TextDocument[] =>
  documents.toSorted(
    (a, b) => a.event - b.event || (a.delivery ?? 0) - (b.delivery ?? 0) || a.attempt - b.attempt,
  );

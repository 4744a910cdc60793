/**
 * Makes few large steps of many small ones: what is handed over in one turn, or while a step is under way, goes together
 * into the next one, in order. What is handed over fails when its step does.
 */
export function groupCommit<T>(
  commit: (items: readonly T[]) => Promise<void>,
): (items: readonly T[]) => Promise<void> {
  interface Waiting {
    readonly items: readonly T[];
    readonly settle: () => void;
    readonly fail: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await commit(batch.flatMap(({ items }) => items));
        for (const { settle } of batch) settle();
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    running = false;
  };
  return (items) =>
    new Promise((settle, fail) => {
      waiting.push({ items, settle, fail });
      if (running) return;
      running = true;
      setImmediate(() => void run());
    });
}

/**
 * Runs `task` for every item with at most `limit` at once, started in order. Everything is started in the same turn when the limit
 * allows it. Tasks must not reject; when one does, the pool rejects after the running ones.
 */
export async function runPool<T>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await task(item);
  };
  const workers = Array.from({ length: Math.min(Math.max(1, limit), items.length) }, worker);
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

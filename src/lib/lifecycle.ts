/** What is started registers how it is stopped; stopping runs in reverse order, and one failure does not keep the rest running. */
export interface Lifecycle {
  /** Registers a release; `name` is for messages. */
  onStop(name: string, release: () => Promise<void> | void): void;
  /** Runs the releases, last first, once. Throws an AggregateError when any failed. */
  stop(): Promise<void>;
}

export function createLifecycle(): Lifecycle {
  const releases: { name: string; release: () => Promise<void> | void }[] = [];
  let stopped: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let next = releases.pop(); next !== undefined; next = releases.pop()) {
      try {
        await next.release();
      } catch (cause) {
        failures.push(new Error(`stopping ${next.name} failed`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "not everything stopped cleanly");
  };
  return {
    onStop: (name, release) => void releases.push({ name, release }),
    stop: () => (stopped ??= run()),
  };
}

/** Keeps the routes equal to the stores. */
import type { Engine } from "../delivery/engine.ts";
import type { Log } from "../lib/log.ts";

/** One reload at a time; a change during a reload leads to one more. */
export function followStores(engine: Engine, log: Log): () => void {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await engine.reload();
      await engine.confirmNew();
    } while (again);
  };
  return () => {
    again = true;
    running ??= run()
      .catch((error: unknown) => log.error({ reason: String(error) }, "cannot follow the stores"))
      .finally(() => (running = undefined));
  };
}

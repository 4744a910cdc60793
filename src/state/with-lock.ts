/** Work on a state that nobody else may do at the same time. */
import type { LockRequest, StateStore } from "./contract.ts";

export async function withStateLock<T>(
  store: StateStore,
  request: LockRequest,
  action: () => Promise<T>,
): Promise<T> {
  const lock = await store.lock(request);
  let result: T;
  try {
    result = await action();
  } catch (error) {
    // Why the work failed says more than why the lock stays.
    await lock.release().catch(() => undefined);
    throw error;
  }
  await lock.release();
  return result;
}

/**
 * How many requests one integration may have under way: one to begin with, one more for each success, one again after a failure.
 * One that keeps requests waiting is slow until it answers quickly again.
 */

/** A request that takes longer is old, and makes its integration slow. */
export const OLD_MS = 1000;
/** As many as a slow integration may have under way, however well it answers. */
const MOST_WHILE_SLOW = 4;

export type Ending = "delivered" | "failed" | "cut";

export interface Window {
  /** Whether nothing is known of it since the start. */
  isNew(): boolean;
  isSlow(): boolean;
  /** How many it may have under way. */
  size(): number;
  underWay(): number;
  started(): void;
  /** One of those under way is old. */
  grewOld(): void;
  /** `how` is `cut` for one that says nothing of the receiver. */
  ended(how: Ending, wasOld: boolean): void;
}

function createWindow(most: number): Window {
  let [size, underWay, old] = [1, 0, 0];
  let [isNew, isSlow] = [true, false];
  return {
    isNew: () => isNew,
    isSlow: () => isSlow,
    size: () => (isSlow ? Math.min(size, MOST_WHILE_SLOW) : size),
    underWay: () => underWay,
    started: () => void (underWay += 1),
    grewOld: () => {
      old += 1;
      isSlow = true;
    },
    ended: (how, wasOld) => {
      underWay -= 1;
      if (wasOld) old -= 1;
      if (how === "cut") return;
      isNew = false;
      isSlow = old > 0 || wasOld;
      size = how === "failed" ? 1 : Math.min(size + 1, most);
    },
  };
}

export interface Windows {
  of(uid: string): Window;
  /** Undefined for one that nothing was ever sent to. */
  find(uid: string): Window | undefined;
  /** Slow, or with requests under way. */
  active(): readonly string[];
  /** Those that answered lately, and quickly. */
  proven(): readonly string[];
  /** Something may have changed for this one. */
  touch(uid: string): void;
}

/** More are kept only of integrations with requests under way. */
const MOST_WINDOWS = 20_000;

export function createWindows(most: number): Windows {
  const windows = new Map<string, Window>();
  const active = new Set<string>();
  const forgetIdle = (): void => {
    for (const [uid, window] of windows) {
      if (window.underWay() > 0) continue;
      windows.delete(uid);
      active.delete(uid);
    }
  };
  return {
    of: (uid) => {
      const found = windows.get(uid);
      if (found !== undefined) return found;
      if (windows.size >= MOST_WINDOWS) forgetIdle();
      const window = createWindow(most);
      windows.set(uid, window);
      return window;
    },
    find: (uid) => windows.get(uid),
    active: () => [...active],
    proven: () => [...windows].flatMap(([uid, window]) => (window.isNew() || window.isSlow() ? [] : [uid])),
    touch: (uid) => {
      const window = windows.get(uid);
      if (window !== undefined && (window.underWay() > 0 || window.isSlow())) active.add(uid);
      else active.delete(uid);
    },
  };
}

/** Counts refused requests within a sliding span of time: a service that counts them too bans whoever makes too many. */

export interface Refusals {
  /** One more, at `now`. Answers until when no further one may come; 0 when it may. */
  add(now: number): number;
}

export function createRefusals(most: number, spanMs: number): Refusals {
  const moments = new Float64Array(most);
  let next = 0;
  return {
    add: (now) => {
      moments[next] = now;
      next = (next + 1) % most;
      const oldest = moments[next] ?? 0;
      return oldest > 0 && oldest + spanMs > now ? oldest + spanMs : 0;
    },
  };
}

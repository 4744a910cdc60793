/** What `/readyz` and `/healthz` must say while the disk fails, and after. */
const PATIENCE_MS = 20_000;

/** Asks until `/readyz` answers so; whether it did in time. */
async function reaches(url: string, status: number): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === status) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}

/** What is wrong. `mend` puts the disk right; without it the process is about to be killed. */
export async function during(
  url: string,
  fault: string,
  mend: (() => void) | undefined,
): Promise<readonly string[]> {
  if (!(await reaches(url, 503))) return [`with ${fault} it still says that it is ready`];
  const alive = await fetch(`${url}/healthz`).catch(() => undefined);
  if (alive?.status !== 200) return [`with ${fault} it is not alive any more`];
  if (mend === undefined) return [];
  mend();
  return (await reaches(url, 200)) ? [] : [`after ${fault} it does not get ready again`];
}

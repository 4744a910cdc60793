/** Starting a program leaves much behind that V8 would keep room for. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage of this thread now, and gives what is free back to the system. Takes some ten milliseconds. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") return;
  // What the first leaves free goes back with the second.
  collect();
  collect();
}

/** Ids for new records. */
import type { Value } from "../model/value.ts";

const LONGEST = 60;

/** A slug of a name, with `-2`, `-3` and so on while it is taken. */
export function slugId(name: Value | undefined, taken: ReadonlySet<string>): string {
  const slug = (typeof name === "string" ? name : "")
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, LONGEST);
  const base = slug === "" ? "integration" : slug;
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}-${count}`;
  return id;
}

/** The first of `make`'s ids that is not taken. */
export function freshId(make: () => string, taken: ReadonlySet<string>): string {
  let id = make();
  while (taken.has(id)) id = make();
  return id;
}

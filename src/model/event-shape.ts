/** What a body must hold to be an event of one shape, as data, so that what is none can be told what it lacks. */
import type { JsonObject } from "./body.ts";

export interface EventShape {
  /** As it stands in "nearest is …": `Northflank's webhook body`. */
  readonly title: string;
  /** What must be there, as people write it (`` `id` ``), and whether a body has it in a usable form. All of it makes an event. */
  readonly needs: Readonly<Record<string, (body: JsonObject) => boolean>>;
  /** Names of further members that speak for this shape, and that it can do without. */
  readonly hints?: readonly string[];
}

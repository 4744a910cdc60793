/** Of what is no event: which known shape it is nearest to, and what it lacks. Only for what was rejected; pure. */
import { isJsonObject } from "../model/body.ts";
import type { JsonObject } from "../model/body.ts";
import type { EventShape } from "../model/event-shape.ts";
import type { Json } from "../model/value.ts";
import { CLOUD_EVENT_SHAPE } from "./recognise.ts";
import type { Dialect } from "./recognise.ts";

/** Why a body that `recognise` does not know is no event. Repeats nothing of the body. */
export function whyNoEvent(body: Json, providers: readonly Pick<Dialect, "shape">[]): string {
  const reason = "not an event of a known shape";
  if (!isJsonObject(body)) return `${reason}: not a JSON object`;
  const shapes = [CLOUD_EVENT_SHAPE, ...providers.map(({ shape }) => shape)];
  let nearest: EventShape | undefined;
  let best = 0;
  for (const shape of shapes) {
    const likeness = likenessOf(body, shape);
    if (likeness <= best) continue;
    nearest = shape;
    best = likeness;
  }
  if (nearest === undefined) return reason;
  const lacking = lackingOf(body, nearest).map(([name]) => name);
  return `${reason}: nearest is ${nearest.title}, for which it lacks a usable ${lacking.join(" and ")}`;
}

type Need = readonly [string, (body: JsonObject) => boolean];

const lackingOf = (body: JsonObject, { needs }: EventShape): readonly Need[] =>
  Object.entries(needs).filter(([, has]) => !has(body));

/** From 0, nothing alike, to 1. */
function likenessOf(body: JsonObject, shape: EventShape): number {
  const { needs, hints = [] } = shape;
  const needed = Object.keys(needs).length;
  const there = needed - lackingOf(body, shape).length;
  const hinted = hints.filter((name) => body[name] !== undefined).length;
  return (there + hinted) / (needed + hints.length);
}

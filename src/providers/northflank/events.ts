/** Northflank's event names: subscribed to as `trigger:build:start`, delivered as `build:start`. */
import { kinds } from "../../generated/kinds/northflank.ts";

const PREFIX = "trigger:";

/** The name in a payload. */
export const delivered = (name: string): string =>
  name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;

/** The name in a subscription. */
export const subscribed = (name: string): string => PREFIX + delivered(name);

const KNOWN = new Set(kinds.flatMap((kind) => kind.fields["events"]?.keys ?? []).map(delivered));

/** Both names, the payload's first, of a documented event. */
export const eventNames = (type: string): readonly string[] | undefined =>
  KNOWN.has(delivered(type)) ? [delivered(type), subscribed(type)] : undefined;

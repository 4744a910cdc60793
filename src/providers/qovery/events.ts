/** Qovery's event names are the same in subscriptions and payloads. */
import { kinds } from "../../generated/kinds/qovery.ts";

const KNOWN = new Set(kinds.flatMap((kind) => kind.fields["events"]?.items?.enum ?? []));

export const eventNames = (type: string): readonly string[] | undefined =>
  KNOWN.has(type) ? [type] : undefined;

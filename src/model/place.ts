/** Where a target's objects are: two targets over the same place see the very same ones. Pure. */
import { createHash } from "node:crypto";
import type { ApiConfig, TargetConfig } from "./config.ts";
import { Secret, reveal } from "./secret.ts";
import { Unresolved } from "./value.ts";

/** Provider, store or API, and scope; where no scope is named, an API's credentials decide on it, and stand there as a digest. */
export function placeOf({ provider, store, api, scope }: TargetConfig): string {
  const within = scope ?? (api === undefined ? "" : digestOf(api.credentials));
  return `${provider} ${store ?? api?.url ?? ""} ${within}`;
}

function digestOf(credentials: ApiConfig["credentials"]): string {
  const plain = Object.entries(credentials)
    .map(([name, value]) => [name, plainText(value)])
    .toSorted(([left = ""], [right = ""]) => (left < right ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(plain)).digest("hex");
}

function plainText(value: ApiConfig["credentials"][string]): string {
  if (value instanceof Secret) return reveal(value);
  return value instanceof Unresolved ? value.reference : value;
}

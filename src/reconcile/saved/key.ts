/** What seals a plan: nobody who lacks the state, or before the first apply the APIs' credentials, can make or change one. */
import { createHmac, randomBytes, scryptSync } from "node:crypto";
import { dirname } from "node:path";
import { canonicalJson, compareText } from "../../lib/canonical-json.ts";
import type { Config, TargetConfig } from "../../model/config.ts";
import { Secret, reveal } from "../../model/secret.ts";
import { Unresolved, isObject } from "../../model/value.ts";
import type { Fields, Value } from "../../model/value.ts";
import type { StateData } from "../../state/contract.ts";
import { shownLocation } from "../addresses.ts";
import type { Step } from "../input.ts";
import type { Account, SealKey } from "./contract.ts";

export interface Key {
  readonly kind: SealKey;
  readonly salt: string | null;
  /** HMAC-SHA-256 in hex, for one use named by `purpose`; null without a key. */
  readonly mac: (purpose: string, text: string) => string | null;
}

/** `salt` is that of a plan that was saved before; without it a new one is made. */
export function sealKey(
  config: Pick<Config, "targets">,
  state: Pick<StateData, "fingerprintKey"> | undefined,
  salt = randomBytes(16).toString("base64"),
): Key {
  if (state !== undefined) {
    return { kind: "state", salt: null, mac: macWith(Buffer.from(state.fingerprintKey, "base64")) };
  }
  const credentials = [...config.targets.values()]
    .toSorted((left, right) => compareText(left.name, right.name))
    .flatMap(({ name, api }) => (api === undefined ? [] : [[name, plainCredentials(api.credentials)]]));
  const known = credentials.length > 0 && credentials.every(([, plain]) => plain !== undefined);
  if (!known) return { kind: "none", salt: null, mac: () => null };
  // Slow on purpose: whoever has the file can try credentials against it.
  const key = scryptSync(canonicalJson(credentials), Buffer.from(salt, "base64"), 32);
  return { kind: "credentials", salt, mac: macWith(key) };
}

const macWith =
  (key: Buffer) =>
  (purpose: string, text: string): string =>
    createHmac("sha256", key)
      .update(JSON.stringify(["plan", purpose, text]))
      .digest("hex");

/** In clear; undefined where one is not known. */
function plainCredentials(
  credentials: Readonly<Record<string, Secret | Unresolved | string>>,
): Record<string, string> | undefined {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(credentials)) {
    if (value instanceof Unresolved) return undefined;
    plain[name] = value instanceof Secret ? reveal(value) : value;
  }
  return plain;
}

/** Every target of the configuration, sorted by name. */
export function accounts(config: Pick<Config, "targets" | "file">, key: Key): Account[] {
  return [...config.targets.values()]
    .toSorted((left, right) => compareText(left.name, right.name))
    .map((target) => ({
      name: target.name,
      provider: target.provider,
      place: shownLocation(target.store ?? target.api?.url ?? "", dirname(config.file)),
      scope: target.scope ?? null,
      credentials: fingerprintOf(target, key),
    }));
}

/** Of the credentials, and of whatever of the location is not shown. */
function fingerprintOf({ store, api }: TargetConfig, key: Key): string | null {
  if (api !== undefined) {
    const plain = plainCredentials(api.credentials);
    return plain === undefined
      ? null
      : key.mac("account", canonicalJson([api.url, api.authUrl, api.region, plain]));
  }
  return store?.includes("://") === true ? key.mac("account", store) : null;
}

/** Keyed digest of everything that the steps would send, secrets included. */
export const valuesOf = (steps: readonly Step[], key: Key): string | null =>
  key.mac("values", canonicalJson(steps.map(({ spec }) => (spec === undefined ? null : plainFields(spec)))));

const plainFields = (fields: Fields): unknown =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));

function plainValue(value: Value): unknown {
  if (value instanceof Secret) return { secret: reveal(value) };
  if (Array.isArray(value)) return value.map(plainValue);
  return isObject(value) ? plainFields(value) : value;
}

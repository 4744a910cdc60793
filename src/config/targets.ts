/** The `targets` block. */
import { dirname, resolve } from "node:path";
import { DEFAULT_GUARDS } from "../model/config.ts";
import type { ApiConfig, TargetConfig } from "../model/config.ts";
import type { FieldSpec, ProviderSpec } from "../model/field.ts";
import { Secret } from "../model/secret.ts";
import type { Unresolved } from "../model/value.ts";
import { checkKey } from "./keys.ts";
import {
  checkKeys,
  isMisspelt,
  missing,
  readChoice,
  readKnownPlace,
  readKnownText,
  readMap,
  readText,
  readWhole,
} from "./shape.ts";
import type { Context } from "./shape.ts";
import { quote, suggest } from "./suggest.ts";
import type { Entry, Node, Span } from "./tree.ts";

/** `config` is absent when the target is not usable; its name and provider still serve other checks. */
export interface ReadTarget {
  readonly name: string;
  /** Where it is written. */
  readonly entry: Entry;
  readonly provider: string | undefined;
  readonly kind: "store" | "api" | undefined;
  readonly scope: string | undefined;
  readonly config: TargetConfig | undefined;
}

export function readTargets(
  node: Node | undefined,
  providers: readonly ProviderSpec[],
  context: Context,
): ReadonlyMap<string, ReadTarget> {
  const targets = new Map<string, ReadTarget>();
  const entries = node === undefined ? undefined : readMap(context, node, "targets");
  for (const [name, entry] of entries ?? []) {
    checkKey(context, name, entry.key, "a target's name");
    targets.set(name, readTarget(name, entry, providers, context));
  }
  return targets;
}

function readTarget(
  name: string,
  entry: Entry,
  providers: readonly ProviderSpec[],
  context: Context,
): ReadTarget {
  const nothing = { name, entry, provider: undefined, kind: undefined, scope: undefined, config: undefined };
  const fields = readMap(context, entry.value, `target ${name}`);
  if (fields === undefined) return nothing;
  const provider = readProvider(fields, entry.key, providers, context);
  const scopes = provider === undefined ? scopeNames(providers) : scopeNames([provider]);
  const allowed = [...KEYS, ...scopes];
  checkKeys(context, fields, allowed, `target ${name}`);
  const store = fields.get("store");
  const api = fields.get("api");
  const misspelt = (key: string): boolean => isMisspelt(key, fields, allowed);
  const kind = misspelt("store") || misspelt("api") ? undefined : readPlace(store, api, entry.key, context);
  if (provider === undefined) return { ...nothing, kind };
  const scope = readScope(provider, fields, kind, entry.key, context);
  const storePath = store === undefined ? undefined : readStore(store.value, context);
  const apiConfig = api === undefined ? undefined : readApi(provider, api, context);
  const place =
    kind === "store" && storePath !== undefined
      ? { store: storePath }
      : kind === "api" && apiConfig !== undefined
        ? { api: apiConfig }
        : undefined;
  const rest = {
    ownership: readOwnership(fields, context),
    guards: readGuards(fields.get("guards")?.value, context),
    source: entry.key.file.position(entry.key.start),
  };
  const config =
    place === undefined
      ? undefined
      : { name, provider: provider.id, ...(scope === undefined ? {} : { scope }), ...place, ...rest };
  return { name, entry, provider: provider.id, kind, scope, config };
}

const KEYS = ["provider", "store", "api", "ownership", "guards"];

const scopeNames = (providers: readonly ProviderSpec[]): string[] =>
  providers.flatMap((provider) => (provider.scope === undefined ? [] : [provider.scope.name]));

function readProvider(
  fields: ReadonlyMap<string, Entry>,
  at: Span,
  providers: readonly ProviderSpec[],
  context: Context,
): ProviderSpec | undefined {
  const node = fields.get("provider")?.value;
  const ids = providers.map((provider) => provider.id);
  if (node === undefined && isMisspelt("provider", fields, KEYS)) return undefined;
  if (node === undefined)
    return missing(context, at, "the target's provider", `add provider: with one of ${ids.join(", ")}`);
  const id = readKnownText(context, node, "provider");
  if (id === undefined) return undefined;
  const found = providers.find((provider) => provider.id === id);
  if (found === undefined) {
    const message = `there is no provider ${quote(id)}`;
    context.report.error({ code: "unknown-provider", message, hint: suggest(id, ids), at: node });
  }
  return found;
}

/** Where the target is; reports both and neither. */
function readPlace(
  store: Entry | undefined,
  api: Entry | undefined,
  at: Span,
  context: Context,
): "store" | "api" | undefined {
  if (store !== undefined && api !== undefined) {
    const second = api.key.start > store.key.start ? api : store;
    const message = "a target is a store on our side or a provider's API, not both";
    context.report.error({
      code: "store-and-api",
      message,
      hint: "keep one of store: and api:",
      at: second.key,
    });
    return undefined;
  }
  if (store !== undefined) return "store";
  if (api !== undefined) return "api";
  return missing(context, at, "store or api", "add store: .bellhop/store.json or an api: block");
}

function readScope(
  provider: ProviderSpec,
  fields: ReadonlyMap<string, Entry>,
  kind: "store" | "api" | undefined,
  at: Span,
  context: Context,
): string | undefined {
  const { scope } = provider;
  if (scope === undefined) return undefined;
  const node = fields.get(scope.name)?.value;
  if (node !== undefined) return readKnownText(context, node, scope.name);
  if (kind === "api" && scope.required && !isMisspelt(scope.name, fields, [...KEYS, scope.name])) {
    const message = `${scope.name} is missing: ${provider.title}'s API needs it`;
    const hint = `add ${scope.name}: ${scope.description.charAt(0).toLowerCase()}${scope.description.slice(1)}`;
    context.report.error({ code: "missing-scope", message, hint, at });
  }
  return undefined;
}

function readStore(node: Node, context: Context): string | undefined {
  const text = readKnownPlace(context, node, "store");
  if (text === undefined) return undefined;
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    context.report.hide(node);
    return text;
  }
  return resolve(dirname(node.file.path), text);
}

function readApi(provider: ProviderSpec, entry: Entry, context: Context): ApiConfig | undefined {
  if (provider.apiUrl === undefined) {
    const message = `${provider.title} has no API; its integrations live in a store`;
    context.report.error({
      code: "not-supported-by-api",
      message,
      hint: "write store: .bellhop/store.json",
      at: entry.key,
    });
    return undefined;
  }
  const fields = readMap(context, entry.value, "api");
  if (fields === undefined) return undefined;
  const specs = provider.credentials ?? {};
  const places = [
    "url",
    ...(provider.authUrl === undefined ? [] : ["authUrl"]),
    ...(provider.regions === undefined ? [] : ["region"]),
  ];
  const allowed = [...places, ...Object.keys(specs)];
  checkKeys(context, fields, allowed, `${provider.title}'s api block`);
  const region = readRegion(provider, fields.get("region")?.value, context);
  const url = readUrl(context, fields.get("url")?.value, "url");
  const authUrl = readUrl(context, fields.get("authUrl")?.value, "authUrl") ?? url ?? provider.authUrl;
  const credentials = readCredentials(specs, fields, allowed, entry.key, context);
  return {
    url: url ?? provider.apiUrl.replace("{region}", region ?? ""),
    ...(authUrl === undefined || provider.authUrl === undefined ? {} : { authUrl }),
    ...(region === undefined ? {} : { region }),
    credentials,
  };
}

function readRegion(provider: ProviderSpec, node: Node | undefined, context: Context): string | undefined {
  const known = provider.regions;
  if (known === undefined) return undefined;
  if (node === undefined) return known[0];
  const region = readKnownPlace(context, node, "region");
  if (region !== undefined && !known.includes(region)) {
    const message = `${provider.title} documents no region ${quote(region)}`;
    context.report.warn({ code: "unknown-value", message, hint: suggest(region, known), at: node });
  }
  return region;
}

/** An http or https URL without a slash at its end. */
function readUrl(context: Context, node: Node | undefined, what: string): string | undefined {
  if (node === undefined) return undefined;
  const text = readKnownPlace(context, node, what);
  if (text === undefined) return undefined;
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.search === "" && url.hash === "") return text.replace(/\/+$/, "");
  const message = `${what} must be the origin of an API, such as https://api.example.com`;
  context.report.error({
    code: "bad-format",
    message,
    hint: "start with https:// and leave paths and parameters out",
    at: node,
  });
  return undefined;
}

function readCredentials(
  specs: Readonly<Record<string, FieldSpec>>,
  fields: ReadonlyMap<string, Entry>,
  allowed: readonly string[],
  at: Span,
  context: Context,
): Record<string, Secret | Unresolved | string> {
  const credentials: Record<string, Secret | Unresolved | string> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const node = fields.get(name)?.value;
    if (node === undefined) {
      if (spec.required === true && !isMisspelt(name, fields, allowed))
        missing(context, at, name, `add ${name}: \${env:…}; ${spec.description}`);
      continue;
    }
    const value = readText(context, node, name, { secret: spec.secret !== undefined });
    if (value === undefined) continue;
    if (typeof value === "string" && spec.enum !== undefined && !spec.enum.includes(value)) {
      const message = `${name} must be one of ${spec.enum.join(", ")}`;
      context.report.error({ code: "bad-enum", message, hint: suggest(value, spec.enum), at: node });
      continue;
    }
    credentials[name] = typeof value === "string" && spec.secret !== undefined ? new Secret(value) : value;
  }
  const secrets = Object.keys(specs).filter((name) => specs[name]?.secret !== undefined);
  const optional = secrets.every((name) => specs[name]?.required !== true);
  const given = secrets.some((name) => fields.has(name) || isMisspelt(name, fields, allowed));
  if (optional && secrets.length > 0 && !given) {
    missing(context, at, secrets.join(" or "), `add ${secrets[0] ?? "token"}: \${env:…}`);
  }
  return credentials;
}

function readOwnership(fields: ReadonlyMap<string, Entry>, context: Context): "recorded" | "exclusive" {
  const node = fields.get("ownership")?.value;
  if (node === undefined) return "recorded";
  return readChoice(context, node, "ownership", ["recorded", "exclusive"]) ?? "recorded";
}

function readGuards(node: Node | undefined, context: Context): TargetConfig["guards"] {
  const fields = node === undefined ? undefined : readMap(context, node, "guards");
  if (fields === undefined) return DEFAULT_GUARDS;
  checkKeys(context, fields, Object.keys(DEFAULT_GUARDS), "guards");
  const number = (name: "maxDeletes" | "maxDeletePercent", maximum: number): number => {
    const value = fields.get(name)?.value;
    const read = value === undefined ? undefined : readWhole(context, value, name, { minimum: 0, maximum });
    return read ?? DEFAULT_GUARDS[name];
  };
  return { maxDeletes: number("maxDeletes", 1_000_000), maxDeletePercent: number("maxDeletePercent", 100) };
}

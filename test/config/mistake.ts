/** What a wrong file is, and beginnings of files that are right. */
import type { LoadMode } from "../../src/config/mode.ts";

export interface Case {
  readonly name: string;
  readonly yaml: string | Readonly<Record<string, string>>;
  readonly expected: readonly string[];
  readonly mode?: LoadMode;
  readonly strict?: boolean;
  readonly overlays?: readonly string[];
  readonly hint?: string;
}

/** Five lines: what follows starts at line 6. */
export const STORES = `version: 1
targets:
  house: { provider: bellhop, store: house.json }
  nf: { provider: northflank, store: house.json }
integrations:
`;

/** One valid bellhop integration; the spec's fields start at line 10. */
export const house = (fields: string): string => `${STORES}  a:
    kind: bellhop/integration
    target: house
    spec:
${fields.replaceAll(/^(?=.)/gm, "      ")}`;
export const PLAIN = "name: A\ntype: RAW_WEBHOOK\nwebhook: https://example.com/\n";

export const northflank = (fields: string, target = "store: nf.json"): string => `version: 1
targets: { nf: { provider: northflank, ${target} } }
integrations:
  a:
    kind: northflank/notification
    spec:
${fields.replaceAll(/^(?=.)/gm, "      ")}`;
export const NORTHFLANK =
  "name: Builds\ntype: RAW_WEBHOOK\nwebhook: https://example.com/\nevents: [trigger:build:start]\n";

/** Two targets without a team, each with one integration of the same name. */
export const teams = (one: string, other: string): string => `version: 1
targets:
  a: { provider: northflank, api: { token: ${one} } }
  b: { provider: northflank, api: { token: ${other} } }
integrations:
  a: { kind: northflank/notification, target: a, spec: { name: Builds, type: TEAMS, webhook: "https://a.example/", events: [trigger:build:start] } }
  b: { kind: northflank/notification, target: b, spec: { name: Builds, type: TEAMS, webhook: "https://b.example/", events: [trigger:build:start] } }
`;

export const scalingo = (fields: string, target = "store: s.json", kind = "notifier"): string => `version: 1
targets: { s: { provider: scalingo, ${target} } }
integrations:
  a:
    kind: scalingo/${kind}
    spec:
${fields.replaceAll(/^(?=.)/gm, "      ")}`;

export const edge = (policy: string, more = ""): string => `version: 1
targets:
  edge: { provider: cloudflare, store: e.json }
integrations:
  hook:
    kind: cloudflare/webhook
    target: edge
    spec: { name: Hook, url: "https://example.com/" }
  alert:
    kind: cloudflare/policy
    target: edge
    spec:
      name: Alert
      alert_type: tunnel_health_event
      mechanisms:
        ${policy}
${more}`;

export const target = (body: string): string => `version: 1\ntargets:\n  t: ${body}\nintegrations: {}\n`;

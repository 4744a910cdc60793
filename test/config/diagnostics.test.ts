import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { LoadMode } from "../../src/config/mode.ts";
import { renderDiagnostics } from "../../src/config/render.ts";
import { DIAGNOSTIC_CODES } from "../../src/model/diagnostic.ts";
import { brief, load } from "./support.ts";

interface Case {
  readonly name: string;
  readonly yaml: string | Readonly<Record<string, string>>;
  readonly expected: readonly string[];
  readonly mode?: LoadMode;
  readonly strict?: boolean;
  readonly overlays?: readonly string[];
  readonly hint?: string;
}

/** Five lines: what follows starts at line 6. */
const STORES = `version: 1
targets:
  house: { provider: bellhop, store: house.json }
  nf: { provider: northflank, store: house.json }
integrations:
`;

/** One valid bellhop integration; the spec's fields start at line 10. */
const house = (fields: string): string => `${STORES}  a:
    kind: bellhop/integration
    target: house
    spec:
${fields.replaceAll(/^(?=.)/gm, "      ")}`;
const PLAIN = "name: A\ntype: RAW_WEBHOOK\nwebhook: https://example.com/\n";

const northflank = (fields: string, target = "store: nf.json"): string => `version: 1
targets: { nf: { provider: northflank, ${target} } }
integrations:
  a:
    kind: northflank/notification
    spec:
${fields.replaceAll(/^(?=.)/gm, "      ")}`;
const NORTHFLANK =
  "name: Builds\ntype: RAW_WEBHOOK\nwebhook: https://example.com/\nevents: [trigger:build:start]\n";

const scalingo = (fields: string, target = "store: s.json", kind = "notifier"): string => `version: 1
targets: { s: { provider: scalingo, ${target} } }
integrations:
  a:
    kind: scalingo/${kind}
    spec:
${fields.replaceAll(/^(?=.)/gm, "      ")}`;

const edge = (policy: string, more = ""): string => `version: 1
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

const target = (body: string): string => `version: 1\ntargets:\n  t: ${body}\nintegrations: {}\n`;

const CASES: readonly Case[] = [
  // YAML itself
  { name: "an unclosed quote", yaml: 'version: 1\ntargets: "x\n', expected: ["3:1 yaml-syntax"] },
  {
    name: "an unclosed bracket",
    yaml: "version: 1\ninclude: [a.yaml\ntargets: {}\n",
    expected: ["3:1 yaml-syntax"],
  },
  { name: "bad indentation", yaml: "version: 1\ntargets:\n  - 1\n a: 2\n", expected: ["4:1 yaml-syntax"] },
  { name: "a colon too many", yaml: "version: 1\nstate: a: b\n", expected: ["2:8 yaml-syntax"] },
  { name: "a reserved character", yaml: "version: 1\nstate: @home\n", expected: ["2:8 yaml-syntax"] },
  { name: "a tag", yaml: "version: !one 1\n", expected: ["1:10 yaml-syntax"] },
  { name: "a key that is a list", yaml: "version: 1\n? [a]\n: 1\n", expected: ["2:3 yaml-syntax"] },
  { name: "a tab", yaml: "version: 1\ntargets:\n\thouse: {}\n", expected: ["3:1 yaml-tab"] },
  { name: "a tab after spaces", yaml: "version: 1\ntargets:\n  \thouse: {}\n", expected: ["3:3 yaml-tab"] },
  {
    name: "two tabs",
    yaml: "version: 1\ntargets:\n\ta: {}\n\tb: {}\n",
    expected: ["3:1 yaml-tab", "4:1 yaml-tab"],
  },
  { name: "two documents", yaml: "version: 1\n---\nversion: 1\n", expected: ["2:1 yaml-multiple-documents"] },
  { name: "an unknown alias", yaml: "version: 1\ntargets: *nothing\n", expected: ["2:10 yaml-alias"] },
  { name: "an alias in itself", yaml: "version: 1\nx-a: &a\n  b: *a\n", expected: ["3:6 yaml-alias"] },
  { name: "a merge of a text", yaml: "version: 1\ntargets:\n  <<: house\n", expected: ["3:3 yaml-alias"] },
  { name: "a duplicate field", yaml: house(`${PLAIN}name: B\n`), expected: ["13:7 yaml-duplicate-key"] },
  {
    name: "a duplicate integration, whose name is not a second mistake",
    yaml: `${house(PLAIN)}  a:\n    kind: bellhop/integration\n    target: house\n    spec:\n      name: A\n`,
    expected: ["13:3 yaml-duplicate-key"],
  },
  { name: "an empty file", yaml: "# nothing yet\n", expected: ["1:1 file-empty"] },
  { name: "a list at the top", yaml: "- version: 1\n", expected: ["1:1 wrong-type"] },
  { name: "no file", yaml: { "other.txt": "" }, expected: ["1:1 file-not-found"] },

  // The whole file
  { name: "no version", yaml: "targets: {}\n", expected: ["1:1 missing-field"] },
  { name: "a later version", yaml: "version: 2\n", expected: ["1:10 bad-version"] },
  {
    name: "a misspelt block",
    yaml: "version: 1\nintegration: {}\n",
    expected: ["2:1 unknown-key"],
    hint: "did you mean integrations?",
  },
  {
    name: "a misspelt version",
    yaml: "verison: 1\n",
    expected: ["1:1 unknown-key"],
    hint: "did you mean version?",
  },
  {
    name: "a misspelt targets block, which every integration needs",
    yaml: house(PLAIN).replace("targets:", "target:"),
    expected: ["2:1 unknown-key"],
  },
  { name: "targets that are a list", yaml: "version: 1\ntargets: []\n", expected: ["2:10 wrong-type"] },

  // Includes and overlays
  {
    name: "an include that is not there",
    yaml: "version: 1\ninclude: [x.yaml]\n",
    expected: ["2:11 include-not-found"],
  },
  {
    name: "an include that matches nothing",
    yaml: 'version: 1\ninclude:\n  - "more/*.yaml"\n',
    expected: ["3:5 include-not-found"],
  },
  { name: "an include that is a number", yaml: "version: 1\ninclude: [1]\n", expected: ["2:11 wrong-type"] },
  {
    name: "a cyclic include",
    yaml: {
      "notifications.yaml": "version: 1\ninclude: [a.yaml]\n",
      "a.yaml": "include:\n  - notifications.yaml\n",
    },
    expected: ["a.yaml:2:5 include-cycle"],
  },
  {
    name: "a key in two files",
    yaml: {
      "notifications.yaml": house(PLAIN).replace("version: 1", "version: 1\ninclude: [b.yaml]"),
      "b.yaml": `integrations:\n  a:\n    kind: bellhop/integration\n    spec: { name: B, type: SLACK, webhook: "https://x.example/" }\n`,
    },
    expected: ["b.yaml:2:3 duplicate-key"],
  },
  {
    name: "a daemon block in an included file",
    yaml: { "notifications.yaml": "version: 1\ninclude: b.yaml\n", "b.yaml": "daemon: {}\n" },
    expected: ["b.yaml:1:1 unknown-key"],
  },
  {
    name: "an overlay that is not there",
    yaml: "version: 1\n",
    overlays: ["prod"],
    expected: ["notifications.prod.yaml:1:1 file-not-found"],
  },
  {
    name: "a bad value in an overlay",
    yaml: {
      "notifications.yaml": house(PLAIN),
      "notifications.prod.yaml": "integrations:\n  a:\n    spec:\n      type: SLAK\n",
    },
    overlays: ["prod"],
    expected: ["notifications.prod.yaml:4:13 bad-enum"],
    hint: "did you mean SLACK?",
  },

  // Targets
  {
    name: "an unknown provider",
    yaml: target("{ provider: northflnk, store: a.json }"),
    expected: ["3:18 unknown-provider"],
    hint: "did you mean northflank?",
  },
  { name: "no provider", yaml: target("{ store: a.json }"), expected: ["3:3 missing-field"] },
  { name: "neither store nor api", yaml: target("{ provider: bellhop }"), expected: ["3:3 missing-field"] },
  {
    name: "store and api",
    yaml: target("{ provider: qovery, store: a.json, api: { token: x } }"),
    expected: ["3:41 store-and-api"],
  },
  {
    name: "an api of our own provider",
    yaml: target("{ provider: bellhop, api: { url: http://127.0.0.1 } }"),
    expected: ["3:27 not-supported-by-api"],
  },
  {
    name: "no scope",
    yaml: target("{ provider: scalingo, api: { token: x } }"),
    expected: ["3:3 missing-scope"],
  },
  {
    name: "another provider's scope",
    yaml: target("{ provider: scalingo, app: a, accountId: b, store: s.json }"),
    expected: ["3:36 unknown-key"],
  },
  { name: "no token", yaml: target("{ provider: northflank, api: {} }"), expected: ["3:30 missing-field"] },
  {
    name: "a misspelt token",
    yaml: target("{ provider: northflank, api: { tokn: x } }"),
    expected: ["3:37 unknown-key"],
    hint: "did you mean token?",
  },
  {
    name: "no credential at all",
    yaml: target("{ provider: cloudflare, accountId: a, api: {} }"),
    expected: ["3:44 missing-field"],
  },
  {
    name: "an unknown region",
    yaml: target("{ provider: scalingo, app: a, api: { region: osc-fr2, token: x } }"),
    expected: ["3:51 ~unknown-value"],
    hint: "did you mean osc-fr1?",
  },
  {
    name: "a url that is none",
    yaml: target("{ provider: northflank, api: { url: example.com, token: x } }"),
    expected: ["3:42 bad-format"],
  },
  {
    name: "an unknown ownership",
    yaml: target("{ provider: bellhop, store: a.json, ownership: all }"),
    expected: ["3:53 bad-enum"],
  },
  {
    name: "a percentage above 100",
    yaml: target("{ provider: bellhop, store: a.json, guards: { maxDeletePercent: 101 } }"),
    expected: ["3:70 out-of-range"],
  },
  {
    name: "a bad target name",
    yaml: "version: 1\ntargets:\n  my house: { provider: bellhop, store: a.json }\n",
    expected: ["3:3 bad-key"],
    hint: "write my-house",
  },

  // An integration
  {
    name: "a bad key",
    yaml: house(PLAIN).replace("  a:", "  a b/c:"),
    expected: ["6:3 bad-key"],
    hint: "write a-b-c",
  },
  {
    name: "no kind",
    yaml: `${STORES}  a:\n    target: house\n    spec: {}\n`,
    expected: ["6:3 missing-field"],
  },
  {
    name: "no spec",
    yaml: `${STORES}  a:\n    kind: bellhop/integration\n`,
    expected: ["6:3 missing-field"],
  },
  {
    name: "a misspelt spec",
    yaml: `${STORES}  a:\n    kind: bellhop/integration\n    sepc: {}\n`,
    expected: ["8:5 unknown-key"],
  },
  {
    name: "an unknown kind",
    yaml: `${STORES}  a:\n    kind: bellhop/integraton\n    spec: { x: 1 }\n`,
    expected: ["7:11 unknown-kind"],
    hint: "did you mean bellhop/integration?",
  },
  {
    name: "an unknown target",
    yaml: house(PLAIN).replace("target: house", "target: huose"),
    expected: ["8:13 unknown-target"],
    hint: "did you mean house?",
  },
  {
    name: "a target of another provider",
    yaml: house(PLAIN).replace("target: house", "target: nf"),
    expected: ["8:13 kind-target-mismatch"],
    hint: "use target house",
  },
  {
    name: "a target left out where there are two",
    yaml: house(PLAIN)
      .replace("    target: house\n", "")
      .replace("integrations:", "  home: { provider: bellhop, store: b.json }\nintegrations:"),
    expected: ["7:3 ambiguous-target"],
    hint: "add target: with one of house, home",
  },
  {
    name: "a target left out where there is none",
    yaml: `version: 1\nintegrations:\n  a:\n    kind: qovery/webhook\n    spec: { kind: SLACK, target_url: "https://x.example/", events: ["*"] }\n`,
    expected: ["3:3 unknown-target"],
  },
  {
    name: "an unknown manage key",
    yaml: `${house(PLAIN)}    manage: { protected: true }\n`,
    expected: ["13:15 unknown-key"],
    hint: "did you mean protect?",
  },
  {
    name: "protect that is a text",
    yaml: `${house(PLAIN)}    manage: { protect: "yes" }\n`,
    expected: ["13:24 wrong-type"],
  },
  {
    name: "ignoring an unknown field",
    yaml: `${house(PLAIN)}    manage: { ignore: [secrt] }\n`,
    expected: ["13:24 unknown-key"],
  },
  {
    name: "an earlier key that is still there",
    yaml: `${house(PLAIN)}    manage: { previously: [a] }\n`,
    expected: ["13:28 duplicate-key"],
  },

  // Documented fields
  {
    name: "a wrong type",
    yaml: house(PLAIN.replace("name: A", "name: 12")),
    expected: ["10:13 wrong-type"],
    hint: "put the value in quotes",
  },
  { name: "a text for a flag", yaml: house(`${PLAIN}enabled: "true"\n`), expected: ["13:16 wrong-type"] },
  { name: "a text for a list", yaml: house(`${PLAIN}projects: web\n`), expected: ["13:17 wrong-type"] },
  {
    name: "nothing for a text",
    yaml: house(PLAIN.replace("name: A", "name:")),
    expected: ["10:12 wrong-type"],
  },
  {
    name: "a misspelt key, which is not missing as well",
    yaml: house(PLAIN.replace("webhook", "webhok")),
    expected: ["12:7 unknown-key"],
    hint: "did you mean webhook?",
  },
  { name: "a missing field", yaml: house("name: A\ntype: SLACK\n"), expected: ["9:5 missing-field"] },
  {
    name: "two missing fields",
    yaml: house("type: SLACK\n"),
    expected: ["9:5 missing-field", "9:5 missing-field"],
  },
  {
    name: "a missing field in a nested block",
    yaml: house(`${PLAIN}retry: {}\n`),
    expected: ["13:7 missing-field"],
  },
  {
    name: "an unknown type",
    yaml: house(PLAIN.replace("RAW_WEBHOOK", "RAW_WEBHOK")),
    expected: ["11:13 bad-enum"],
    hint: "did you mean RAW_WEBHOOK?",
  },
  {
    name: "a bad pattern",
    yaml: northflank(NORTHFLANK.replace("Builds", "1-builds")),
    expected: ["7:13 bad-pattern"],
  },
  {
    name: "too short a name",
    yaml: northflank(NORTHFLANK.replace("Builds", "Bu")),
    expected: ["7:13 too-short"],
  },
  {
    name: "too long a name",
    yaml: northflank(NORTHFLANK.replace("Builds", "B".repeat(40))),
    expected: ["7:13 too-long"],
  },
  {
    name: "too short and of a bad pattern at once",
    yaml: northflank(NORTHFLANK.replace("Builds", '"1"')),
    expected: ["7:13 too-short"],
  },
  {
    name: "a webhook that is no URL",
    yaml: house(PLAIN.replace("https:", "ftp:")),
    expected: ["12:16 bad-pattern"],
  },
  { name: "no events in the list", yaml: house(`${PLAIN}events: []\n`), expected: ["13:15 too-few"] },
  { name: "a bad duration", yaml: house(`${PLAIN}timeout: fast\n`), expected: ["13:16 bad-format"] },
  {
    name: "too large a number",
    yaml: house(`${PLAIN}rateLimit: 100000\n`),
    expected: ["13:18 out-of-range"],
  },
  {
    name: "a bad address",
    yaml: scalingo("name: A\nplatform: email\ntype_data: { emails: [nobody] }\n"),
    expected: ["9:29 bad-format"],
  },
  {
    name: "too many steps",
    yaml: house(`${PLAIN}retry: { schedule: [${"1s, ".repeat(51)}] }\n`),
    expected: ["13:26 too-many"],
  },
  {
    name: "a read-only field",
    yaml: scalingo(
      "name: A\nplatform: slack\ncreated_at: x\ntype_data: { webhook_url: https://x.example/ }\n",
    ),
    expected: ["9:7 read-only-field"],
  },
  {
    name: "a read-only field that stands for another",
    yaml: scalingo("name: A\nplatform_id: x\n"),
    expected: ["8:7 read-only-field"],
    hint: "write platform instead",
  },
  {
    name: "a secret where the type takes none",
    yaml: house(`${PLAIN.replace("RAW_WEBHOOK", "SLACK")}secret: x\n`),
    expected: ["13:7 secret-not-supported"],
  },
  {
    name: "a secret for Discord at Northflank",
    yaml: northflank(`${NORTHFLANK.replace("RAW_WEBHOOK", "DISCORD")}secret: x\n`),
    expected: ["11:7 secret-not-supported"],
  },
  {
    name: "mail addresses for Slack",
    yaml: scalingo(
      "name: A\nplatform: slack\ntype_data: { webhook_url: https://x.example/, emails: [a@x.example] }\n",
    ),
    expected: ["9:53 not-applicable"],
  },
  {
    name: "a platform without its webhook",
    yaml: scalingo("name: A\nplatform: slack\n"),
    expected: ["6:5 missing-field"],
  },
  {
    name: "a platform without its webhook in the block",
    yaml: scalingo("name: A\nplatform: slack\ntype_data: {}\n"),
    expected: ["9:7 missing-field"],
  },
  {
    name: "restricted without projects",
    yaml: northflank(`${NORTHFLANK}restricted: true\n`),
    expected: ["6:5 restricted-without-projects"],
  },
  {
    name: "restricted to no projects",
    yaml: northflank(`${NORTHFLANK}restricted: true\nprojects: []\n`),
    expected: ["12:17 restricted-without-projects"],
  },
  {
    name: "SLACK for Northflank's API",
    yaml: northflank(NORTHFLANK.replace("RAW_WEBHOOK", "SLACK"), "api: { token: x }"),
    expected: ["8:13 not-supported-by-api"],
  },
  {
    name: "a superseded kind",
    yaml: scalingo("webhook_url: https://x.example/\n", "app: a, api: { token: x }", "notification"),
    expected: ["5:11 ~superseded"],
  },

  // Events
  {
    name: "an unknown event",
    yaml: northflank(NORTHFLANK.replace(":start", ":strat")),
    expected: ["10:16 ~unknown-event"],
    hint: "did you mean trigger:build:start?",
  },
  {
    name: "an unknown event, strictly",
    strict: true,
    yaml: northflank(NORTHFLANK.replace(":start", ":strat")),
    expected: ["10:16 unknown-event"],
  },
  {
    name: "an unknown event in the map",
    yaml: northflank(
      NORTHFLANK.replace("[trigger:build:start]", "{ trigger:build:start: true, trigger:bild:abort: true }"),
    ),
    expected: ["10:44 ~unknown-event"],
  },
  {
    name: "a glob that matches nothing",
    yaml: northflank(NORTHFLANK.replace("[trigger:build:start]", '["trigger:build:*", "build:*"]')),
    expected: ["10:35 ~unmatched-glob"],
    hint: "did you mean trigger:build:*?",
  },
  {
    name: "a selection that excludes itself",
    yaml: northflank(NORTHFLANK.replace("[trigger:build:start]", "[trigger:build:start, '!trigger:*']")),
    expected: ["10:15 ~no-events"],
  },
  {
    name: "an event that is no text",
    yaml: northflank(NORTHFLANK.replace("[trigger:build:start]", "[1]")),
    expected: ["10:16 wrong-type"],
  },
  {
    name: "an event of our own kind that is nearly known",
    yaml: house(`${PLAIN}events: [build:strat, my:own]\n`),
    expected: ["13:16 ~unknown-event"],
    hint: "did you mean build:start?",
  },
  {
    name: "an unknown alert type",
    yaml: edge("webhooks: [{ ref: hook }]").replace("tunnel_health_event", "tunnel_helth_event"),
    expected: ["14:19 ~unknown-event"],
  },
  {
    name: "events that carry secrets",
    yaml: scalingo(
      "name: A\nplatform: webhook\nselected_events: [app_crashed, variable_*]\ntype_data: { webhook_url: https://x.example/ }\n",
    ),
    expected: ["9:38 ~leaky-event"],
  },

  // What integrations ask of each other
  {
    name: "a duplicate name",
    yaml: `${house(PLAIN)}  b:\n    kind: bellhop/integration\n    target: house\n    spec: { name: A, type: SLACK, webhook: "https://example.com/" }\n`,
    expected: ["16:19 duplicate-name"],
  },
  {
    name: "a dangling reference",
    yaml: edge("webhooks: [{ ref: hok }]"),
    expected: ["16:27 dangling-reference"],
    hint: "did you mean hook?",
  },
  {
    name: "a reference to the wrong kind",
    yaml: edge("webhooks: [{ ref: alert }]"),
    expected: ["16:27 dangling-reference"],
  },
  {
    name: "a reference and an id",
    yaml: edge("webhooks: [{ ref: hook, id: x }]"),
    expected: ["16:33 unknown-key"],
  },

  // Values
  {
    name: "a missing variable",
    yaml: house(PLAIN.replace("https://example.com/", "${env:HOOK}")),
    expected: ["12:16 ~missing-variable"],
  },
  {
    name: "a missing variable for apply",
    mode: "apply",
    yaml: house(PLAIN.replace("https://example.com/", "${env:HOOK}")),
    expected: ["12:16 missing-variable"],
  },
  {
    name: "a missing variable for the daemon",
    mode: "daemon",
    yaml: "version: 1\ndaemon: { token: '${env:TOKEN}' }\n",
    expected: ["2:18 missing-variable"],
  },
  {
    name: "a store that a plan does not know",
    mode: "plan",
    yaml: target("{ provider: bellhop, store: '${env:STORE}' }"),
    expected: ["3:34 missing-variable"],
  },
  {
    name: "a missing file",
    mode: "apply",
    yaml: house(`${PLAIN}secret: \${file:key.txt}\n`),
    expected: ["13:15 missing-file-value"],
  },
  {
    name: "an unknown reference",
    yaml: house(`${PLAIN}secret: \${vault:key}\n`),
    expected: ["13:15 bad-reference"],
  },
  {
    name: "an unclosed reference",
    yaml: house(`${PLAIN}secret: "\${env:KEY"\n`),
    expected: ["13:15 bad-reference"],
  },
  {
    name: "a reference without a scheme",
    yaml: house(`${PLAIN}description: "\${HOME}"\n`),
    expected: ["13:20 bad-reference"],
  },

  // Destinations
  {
    name: "a private address",
    yaml: house(PLAIN.replace("example.com", "192.168.1.5:8080")),
    expected: ["12:16 ~private-address"],
  },
  {
    name: "a loopback address",
    yaml: house(PLAIN.replace("example.com", "[::1]")),
    expected: ["12:16 ~private-address"],
  },
  {
    name: "a Slack workflow's URL",
    yaml: house(
      PLAIN.replace("RAW_WEBHOOK", "SLACK").replace("example.com/", "hooks.slack.com/triggers/T/1/x"),
    ),
    expected: ["12:16 ~wrong-destination"],
  },
  {
    name: "an Office 365 connector",
    yaml: house(
      PLAIN.replace("RAW_WEBHOOK", "TEAMS").replace("example.com/", "x.webhook.office.com/webhookb2/1"),
    ),
    expected: ["12:16 ~deprecated-destination"],
  },

  // The daemon
  {
    name: "a bad address to listen on",
    yaml: "version: 1\ndaemon:\n  listen: 8420\n",
    expected: ["3:11 bad-format"],
  },
  {
    name: "a bad interval",
    yaml: "version: 1\ndaemon:\n  reconcile: { interval: soon }\n",
    expected: ["3:26 bad-format"],
  },
  {
    name: "too short an interval",
    yaml: "version: 1\ndaemon:\n  reconcile: { interval: 5ms }\n",
    expected: ["3:26 out-of-range"],
  },
  {
    name: "a bad mode",
    yaml: "version: 1\ndaemon:\n  reconcile: { mode: reprt }\n",
    expected: ["3:22 bad-enum"],
    hint: "did you mean report?",
  },
  {
    name: "a bad range",
    yaml: "version: 1\ndaemon:\n  egress: { allow: [10.0.0.0/99] }\n",
    expected: ["3:21 bad-format"],
  },
  {
    name: "a bad size",
    yaml: "version: 1\ndaemon:\n  retention: { size: big }\n",
    expected: ["3:22 bad-format"],
  },
  {
    name: "an unknown source",
    yaml: "version: 1\ndaemon:\n  sources: [{ fil: a.ndjson }]\n",
    expected: ["3:15 unknown-key"],
    hint: "did you mean file?",
  },
  {
    name: "a source that is two",
    yaml: "version: 1\ndaemon:\n  sources: [{ file: a.ndjson, http: /events }]\n",
    expected: ["3:31 too-many"],
  },
  {
    name: "a source that is none",
    yaml: "version: 1\ndaemon:\n  sources: [{}]\n",
    expected: ["3:13 missing-field"],
  },
];

describe("one mistake, one diagnostic", () => {
  test.for(CASES)(
    "$name",
    async ({ yaml, expected, mode = "validate", strict = false, overlays = [], hint }) => {
      const { diagnostics } = await load(yaml, { mode, strict, overlays });
      expect(diagnostics.map(brief)).toEqual(expected);
      if (hint !== undefined) expect(diagnostics[0]?.hint).toBe(hint);
    },
  );

  test("the table covers every code that a file can cause, but for those that need more than a text", () => {
    const covered = new Set(
      CASES.flatMap(({ expected }) => expected.map((line) => line.split(" ")[1]?.replace("~", ""))),
    );
    const elsewhere = ["file-unreadable", "bad-variables-file", "reference-cycle"];
    expect(DIAGNOSTIC_CODES.filter((code) => !covered.has(code)).toSorted()).toEqual(elsewhere.toSorted());
  });
});

test("all mistakes of all files come in one run, in the order of the files", async () => {
  const { diagnostics, config } = await load({
    "notifications.yaml": `version: 1
include: [more/*.yaml, gone.yaml]
targets:
  house: { provider: bellhop, store: s.json, sotre: x }
  nf: { provider: northflnk, store: s.json }
integrations:
  a b:
    kind: bellhop/integration
    target: house
    spec: { name: A, type: SLAK, webhook: "https://example.com/" }
  c:
    kind: bellhop/integration
    target: house
    spec: { name: 1, type: SLACK, webhook: "https://example.com/", bogus: 1 }
daemon: { listen: nowhere }
`,
    "more/one.yaml": "integrations:\n  d:\n    kind: bellhop/integration\n    target: house\n",
    "more/two.yaml": "integrations:\n\te: {}\n",
  });
  expect(config).toBeUndefined();
  expect(diagnostics.map(brief)).toEqual([
    "2:24 include-not-found",
    "4:46 unknown-key",
    "5:19 unknown-provider",
    "7:3 bad-key",
    "10:28 bad-enum",
    "14:19 wrong-type",
    "14:68 unknown-key",
    "15:19 bad-format",
    "more/one.yaml:2:3 missing-field",
    "more/two.yaml:2:1 yaml-tab",
  ]);
});

test("an aliased mistake is reported once, where it was written", async () => {
  const { diagnostics } = await load(`version: 1
targets: { house: { provider: bellhop, store: s.json } }
x-common: &common { type: SLAK, webhook: "https://example.com/" }
integrations:
  a: { kind: bellhop/integration, spec: { <<: *common, name: A } }
  b: { kind: bellhop/integration, spec: { <<: *common, name: B } }
`);
  expect(diagnostics.map(brief)).toEqual(["3:27 bad-enum"]);
});

test("a private address that the daemon may reach needs no warning", async () => {
  const { diagnostics } = await load(
    `${house(PLAIN.replace("example.com", "10.2.3.4"))}daemon: { egress: { allow: [10.2.0.0/16] } }\n`,
  );
  expect(diagnostics).toEqual([]);
});

test("a human reads severity, code, place, excerpt with a caret, and a hint", async () => {
  const { diagnostics } = await load(house(PLAIN.replace("type:", "tipe:")));
  expect(renderDiagnostics(diagnostics, { color: false }))
    .toBe(`error[unknown-key] notifications.yaml:11:7: "tipe" is not a field of bellhop/integration
  11 |       tipe …
     |       ^^^^
  hint: did you mean type?`);
});

test("every code is explained on its page, and nothing else is", async () => {
  const page = await readFile(new URL("../../docs/diagnostics.md", import.meta.url), "utf8");
  const headings = [...page.matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code);
  expect(headings).toEqual([...DIAGNOSTIC_CODES]);
});

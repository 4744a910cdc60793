/** Wrong specs: fields, events, values, and what integrations ask of each other. */
import { teams, house, northflank, PLAIN, NORTHFLANK, scalingo, edge, target } from "./mistake.ts";
import type { Case } from "./mistake.ts";

export const SPEC_MISTAKES: readonly Case[] = [
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
    name: "a duplicate name in another target over the same store",
    yaml: `${house(PLAIN).replace("nf: { provider: northflank", "annexe: { provider: bellhop")}  b:\n    kind: bellhop/integration\n    target: annexe\n    spec: { name: A, type: SLACK, webhook: "https://example.com/" }\n`,
    expected: ["16:19 duplicate-name"],
  },
  {
    name: "a duplicate name in the team of the same token",
    yaml: teams("one", "one"),
    expected: ["7:64 duplicate-name"],
  },
  { name: "a name twice, in the teams of two tokens", yaml: teams("one", "two"), expected: [] },
  ...["api: { token: x }", "store: q.json"].map((place) => ({
    name: `an ignored secret at ${place}`,
    yaml: `version: 1
targets: { acme: { provider: qovery, organizationId: 3c90c3cc-0d44-4b50-8888-8dd25736052a, ${place} } }
integrations:
  a:
    kind: qovery/webhook
    manage: { ignore: [description, target_secret] }
    spec: { kind: STANDARD, target_url: "https://a.example/", target_secret: x, events: [DEPLOYMENT_FAILURE] }
`,
    expected: place.startsWith("api") ? ["6:37 ~not-applicable"] : [],
  })),
  {
    name: "header names that are none, are reserved, or are there twice",
    yaml: house(
      `${PLAIN}headers:\n  "x team": a\n  X-Team: b\n  Content-Type: c\n  x-team: d\n  "": e\n  webhook-id: f\n  "x:y": g\n`,
    ),
    expected: [
      "14:9 bad-key",
      "16:9 bad-key",
      "17:9 bad-key",
      "18:9 bad-key",
      "19:9 bad-key",
      "20:9 bad-key",
    ],
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
  ...["slack", "github/", "GitHub?wait=true"].map((end) => ({
    name: `a Discord URL that ends in ${end}`,
    yaml: house(
      PLAIN.replace("RAW_WEBHOOK", "DISCORD").replace("example.com/", `discord.com/api/webhooks/1/x/${end}`),
    ),
    expected: ["12:16 wrong-destination"],
  })),
  {
    name: "Discord's own form for a Slack integration",
    yaml: house(
      PLAIN.replace("RAW_WEBHOOK", "SLACK").replace("example.com/", "discord.com/api/webhooks/1/x/slack"),
    ),
    expected: [],
  },
  {
    name: "an Office 365 connector",
    yaml: house(
      PLAIN.replace("RAW_WEBHOOK", "TEAMS").replace("example.com/", "x.webhook.office.com/webhookb2/1"),
    ),
    expected: ["12:16 ~deprecated-destination"],
  },
];

/** Wrong files: YAML, blocks, includes, targets, integrations as such, the daemon. */
import { house, PLAIN, target, STORES } from "./mistake.ts";
import type { Case } from "./mistake.ts";

export const FILE_MISTAKES: readonly Case[] = [
  // YAML itself
  { name: "an unclosed quote", yaml: 'version: 1\ntargets: "x\n', expected: ["2:10 yaml-syntax"] },
  {
    name: "an unclosed quote, far from where it is noticed",
    yaml: `${house(PLAIN.replace("name: A", "name: 'A"))}      projects: [a]\n`,
    expected: ["10:13 yaml-syntax"],
    hint: "put ' where the value ends",
  },
  {
    name: "an unclosed bracket",
    yaml: "version: 1\ninclude: [a.yaml\ntargets: {}\n",
    expected: ["2:10 yaml-syntax"],
    hint: "put ] where the value ends",
  },
  {
    name: "an unclosed bracket in a closed one",
    yaml: "version: 1\nx-a: { b: [1, 2 }\ntargets: {}\n",
    expected: ["2:11 yaml-syntax"],
  },
  {
    name: "nesting that exhausts the parser",
    yaml: `version: 1\nx-a: ${"[".repeat(50_000)}${"]".repeat(50_000)}\n`,
    expected: ["1:1 yaml-syntax"],
    hint: "simplify the file",
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
  { name: "no version after a comment", yaml: "# ours\n\ntargets: {}\n", expected: ["3:1 missing-field"] },
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
];

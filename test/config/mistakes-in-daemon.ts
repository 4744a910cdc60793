/** Wrong `daemon` blocks. */
import type { Case } from "./mistake.ts";

/** One line of the block, which is line 3 and starts at column 3. */
const line = (name: string, text: string, expected: readonly string[], hint?: string): Case => ({
  name,
  yaml: `version: 1\ndaemon:\n  ${text}\n`,
  expected,
  ...(hint === undefined ? {} : { hint }),
});

/** One source, which starts at column 5 of line 4. */
const source = (name: string, text: string, expected: readonly string[], hint?: string): Case =>
  line(name, `sources:\n  - ${text}`, expected, hint);

const nats = (name: string, more: string, expected: readonly string[], hint?: string): Case =>
  source(name, `nats: { servers: [a], stream: S, consumer: c${more} }`, expected, hint);

export const DAEMON_MISTAKES: readonly Case[] = [
  line("a bad address to listen on", "listen: 8420", ["3:11 bad-format"]),
  line("an address for all, and no token", "listen: 0.0.0.0:8420", ["3:11 open-without-token"]),
  line("an address of IPv6 for all, and no token", 'listen: "[::]:0"', ["3:11 open-without-token"]),
  line("a name that may be anybody's, and no token", "listen: 127.example.com:80", [
    "3:11 open-without-token",
  ]),
  line(
    "a token that is misspelt",
    "listen: 0.0.0.0:0\n  tokn: a",
    ["4:3 unknown-key"],
    "did you mean token?",
  ),
  line("a token that is empty", 'listen: 0.0.0.0:0\n  token: ""', ["4:10 too-short"]),
  line("a bad interval", "reconcile: { interval: soon }", ["3:26 bad-format"]),
  line("too short an interval", "reconcile: { interval: 5ms }", ["3:26 out-of-range"]),
  line("a bad mode", "reconcile: { mode: reprt }", ["3:22 bad-enum"], "did you mean report?"),
  line("a bad range", "egress: { allow: [10.0.0.0/99] }", ["3:21 bad-format"]),
  line("a bad size", "retention: { size: big }", ["3:22 bad-format"]),

  // disable
  line(
    "an unknown key of disable",
    "disable: { failure: 3 }",
    ["3:14 unknown-key"],
    "did you mean failures?",
  ),
  line("no failures at all", "disable: { failures: 0 }", ["3:24 out-of-range"]),
  line("failures that are no number", "disable: { failures: many }", ["3:24 wrong-type"]),
  line("half a failure", "disable: { failures: 1.5 }", ["3:24 wrong-type"]),
  line("a time without a unit", "disable: { after: 24 }", ["3:21 bad-format"]),
  line("a probe at once", "disable: { probe: 0s }", ["3:21 out-of-range"]),
  line("disable that is a flag", "disable: false", ["3:12 wrong-type"]),

  // sources
  line("sources that are no list", "sources: { file: a.ndjson }", ["3:12 wrong-type"]),
  source("an unknown source", "{ fil: a.ndjson }", ["4:7 unknown-key"], "did you mean file?"),
  source("a source that is two", "{ file: a.ndjson, http: /events }", ["4:23 too-many"]),
  source("a source that is none", "{}", ["4:5 missing-field"]),
  source("an unknown word", "stdout", ["4:5 wrong-type"]),
  source("no standard input", "{ stdin: false }", ["4:14 wrong-type"]),
  source("a path without a slash", "{ http: events }", ["4:13 bad-format"]),
  source("a path with a wildcard", "{ http: /events/* }", ["4:13 bad-format"]),
  source(
    "a path of the daemon's own",
    "{ http: /api/events }",
    ["4:13 bad-format"],
    "take another, such as /events",
  ),
  source("the daemon's own page", "{ http: / }", ["4:13 bad-format"]),
  source("the same path twice", "http: /events\n  - http: /events/", ["5:5 duplicate-name"]),
  source("the same files twice", "file: a.ndjson\n  - file: a.ndjson", ["5:5 duplicate-name"]),
  source("standard input twice", "stdin\n  - stdin: true", ["5:5 duplicate-name"]),

  // ingest
  source(
    "an unknown provider",
    "{ ingest: northflnk, secret: a }",
    ["4:15 unknown-provider"],
    "did you mean northflank?",
  ),
  source("webhooks without their secret", "{ ingest: qovery }", ["4:15 missing-field"]),
  source("an empty list of secrets", "{ ingest: qovery, secret: [] }", ["4:31 too-few"]),
  source("an empty secret", '{ ingest: qovery, secret: ["a", ""] }', ["4:37 too-short"]),
  source("a secret that is a map", "{ ingest: qovery, secret: { a: b } }", ["4:31 wrong-type"]),
  source("neither secret nor path", "{ ingest: scalingo }", ["4:15 missing-field"]),
  source("a bad path of webhooks", "{ ingest: qovery, secret: a, path: here }", ["4:40 bad-format"]),
  source("a secret for plain events", "{ http: /events, secret: a }", ["4:22 unknown-key"]),
  source("one path for two", "http: /ingest/qovery\n  - { ingest: qovery, secret: a }", [
    "5:5 duplicate-name",
  ]),

  // nats
  source("nats that is text", "nats: localhost", ["4:11 wrong-type"]),
  source("nats with nothing in it", "nats: {}", [
    "4:5 missing-field",
    "4:5 missing-field",
    "4:5 missing-field",
  ]),
  source("no server", "nats: { servers: [], stream: S, consumer: c }", ["4:22 too-few"]),
  source("a server of another kind", "nats: { servers: https://a, stream: S, consumer: c }", [
    "4:22 bad-format",
  ]),
  source("a port that there is not", "nats: { servers: a:70000, stream: S, consumer: c }", [
    "4:22 bad-format",
  ]),
  source(
    "a user in the address",
    "nats: { servers: nats://u:p@a, stream: S, consumer: c }",
    ["4:22 bad-format"],
    "write user and password, or token, beside servers",
  ),
  source("a stream with a dot", "nats: { servers: a, stream: S.1, consumer: c }", ["4:33 bad-format"]),
  source("a consumer with a blank", "nats: { servers: a, stream: S, consumer: a b }", ["4:46 bad-format"]),
  nats("a bad subject", ", subjects: [events..a]", ["4:62 bad-format"]),
  nats("a wildcard that is not last", ", subjects: '>.a'", ["4:61 bad-format"]),
  nats("an unknown option", ", strem: S", ["4:51 unknown-key"]),
  nats("a user without a password", ", user: u", ["4:51 missing-field"]),
  nats("a password without a user", ", password: u", ["4:51 missing-field"]),
  nats("two ways to log in", ", token: t, user: u, password: p", ["4:61 too-many"]),
  nats("a path to credentials", ", credentials: nats.creds", ["4:64 bad-format"], "write ${file:nats.creds}"),
];

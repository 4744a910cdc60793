/** A project whose every secret is a token that must never be seen, and everything that is printed and written about it. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { canary, urlCanary } from "./canary.ts";
import { runCli } from "./cli.ts";
import { tempDir } from "./temp.ts";

/** What every command printed and every file that may be published or kept beside the store. */
export interface Run {
  readonly cwd: string;
  readonly artefacts: Record<string, string>;
  readonly env: Record<string, string>;
  run(line: string, over?: Record<string, string>): Promise<number>;
  collect(name: string, text: string): void;
  /** Files below the folder but for those that have secrets by nature: the configuration, variables, the store. */
  collectFiles(): Promise<void>;
}

/** `env` is that of every command. */
export async function newRun(env: Record<string, string>): Promise<Run> {
  const cwd = await tempDir();
  const artefacts: Record<string, string> = {};
  let count = 0;
  const collect = (name: string, text: string): void => void (artefacts[`${(count += 1)} ${name}`] = text);
  return {
    cwd,
    env,
    artefacts,
    collect,
    run: async (line, over = {}) => {
      const { code, out, err } = await runCli(line.split(" "), {
        cwd,
        env: { BELLHOP_DEBUG: "1", ...env, ...over },
      });
      collect(`stdout of ${line}`, out);
      collect(`stderr of ${line}`, err);
      return code;
    },
    collectFiles: async () => {
      const names = await readdir(cwd, { recursive: true, withFileTypes: true });
      for (const entry of names.filter((one) => one.isFile())) {
        if (/notifications.*\.yaml$|\.vars$|^store\.json|^receivers/.test(entry.name)) continue;
        // Bytes as they are, so that a database is searched too.
        collect(`file ${entry.name}`, await readFile(join(entry.parentPath, entry.name), "latin1"));
      }
    },
  };
}

/** Of plans. */
export const FORMATS = ["human", "json", "markdown", "github"];

/** One value per secret-bearing field, now and before. */
const FIELDS = [
  "slack",
  "generic",
  "northflank",
  "notifier",
  "notification",
  "qovery",
  "cloudflare",
] as const;
const SECRETS = ["generic", "northflank", "qovery", "cloudflare", "header"] as const;

interface Values {
  readonly canaries: Record<string, string>;
  readonly env: Record<string, string>;
}

/** Tokens of one age, and the variables that hold them. */
export function values(age: string, receiver: string): Values {
  const canaries: Record<string, string> = {};
  const env: Record<string, string> = {};
  for (const field of FIELDS) {
    const path = urlCanary(`${age}-${field}-url`);
    canaries[`${age} ${field} URL`] = path;
    env[`${field.toUpperCase()}_URL`] = `${receiver}/hooks/${path}`;
  }
  for (const field of SECRETS) {
    const secret = canary(`${age}-${field}`);
    canaries[`${age} ${field} secret`] = secret;
    env[`${field.toUpperCase()}_SECRET`] = secret;
  }
  return { canaries, env };
}

/** Every kind; `target`: the superseded one too. */
export const integrations = (target: boolean): string => `
  generic:
    kind: bellhop/integration
    spec:
      name: Generic
      type: RAW_WEBHOOK
      webhook: "\${env:GENERIC_URL}"
      secret: "\${env:GENERIC_SECRET}"
      headers: { x-key: "\${env:HEADER_SECRET}" }
      events: ["*"]
  slack:
    kind: bellhop/integration
    spec: { name: Slack, type: SLACK, webhook: "\${env:SLACK_URL}", events: ["*"] }
  builds:
    kind: northflank/notification
    spec: { name: Builds, type: RAW_WEBHOOK, webhook: "\${env:NORTHFLANK_URL}", secret: "\${env:NORTHFLANK_SECRET}", events: ["trigger:build:*"] }
  shop:
    kind: scalingo/notifier
    spec: { name: Shop, platform: webhook, selected_events: [app_deployed], type_data: { webhook_url: "\${env:NOTIFIER_URL}" } }
${
  target
    ? `  shop-old:
    kind: scalingo/notification
    spec: { webhook_url: "\${env:NOTIFICATION_URL}" }
`
    : ""
}  env-hook:
    kind: qovery/webhook
    spec: { kind: STANDARD, description: Events, target_url: "\${env:QOVERY_URL}", target_secret: "\${env:QOVERY_SECRET}", events: [DEPLOYMENT_FAILURE], enabled: true }
  on-call:
    kind: cloudflare/webhook
    spec: { name: On call, url: "\${env:CLOUDFLARE_URL}", secret: "\${env:CLOUDFLARE_SECRET}" }
  attacks:
    kind: cloudflare/policy
    spec: { name: Attacks, alert_type: dos_attack_l7, enabled: true, mechanisms: { webhooks: [{ ref: on-call }] } }
`;

/** In YAML. */
export const SCOPES = {
  qovery: "organizationId: 3c90c3cc-0d44-4b50-8888-8dd25736052a",
  cloudflare: "accountId: 023e105f4ecef8ad9ca31a8372d0c353",
};

/** Everything that only reads. */
export async function everyPlan(it: Run, over: Record<string, string>): Promise<void> {
  for (const format of FORMATS) await it.run(`plan --format ${format} --exit-code`, over);
  await it.run(
    "plan --out plan.json --output human=p.txt --output json=p.json --output markdown=p.md --output github=p.gh",
    over,
  );
  await it.run("validate --format json", over);
  await it.run("validate", over);
  for (const key of ["generic", "slack", "builds", "shop", "env-hook", "on-call"]) {
    for (const format of ["human", "json"]) await it.run(`explain ${key} --format ${format}`, over);
  }
}

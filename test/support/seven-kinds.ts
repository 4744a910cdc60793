/** A configuration with every kind, all in one store file. */
export const SEVEN_KINDS = `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
  nf: { provider: northflank, store: .bellhop/store.json }
  shop: { provider: scalingo, app: storefront, store: .bellhop/store.json }
  acme: { provider: qovery, organizationId: 3c90c3cc-0d44-4b50-8888-8dd25736052a, store: .bellhop/store.json }
  edge: { provider: cloudflare, accountId: 023e105f4ecef8ad9ca31a8372d0c353, store: .bellhop/store.json }
integrations:
  deploys-to-slack:
    kind: bellhop/integration
    spec:
      name: Deploys
      type: SLACK
      webhook: \${env:SLACK_URL}
      events: ["build:*", "!build:abort", DEPLOYMENT_FAILURE]
      projects: [web-*]
  builds:
    kind: northflank/notification
    spec:
      name: Builds
      type: RAW_WEBHOOK
      webhook: https://ci.example.com/hooks/northflank-path
      secret: \${env:CI_SECRET}
      events: ["trigger:build:*"]
  shop-hook:
    kind: scalingo/notifier
    spec:
      name: Shop
      platform: webhook
      selected_events: [app_deployed]
      type_data: { webhook_url: "https://shop.example.com/hooks/notifier-path" }
  shop-old:
    kind: scalingo/notification
    spec:
      webhook_url: https://hooks.slack.com/services/T0/B0/notification-path
  env-hook:
    kind: qovery/webhook
    spec:
      kind: STANDARD
      description: Environment events
      target_url: https://q.example.com/hooks/qovery-path
      target_secret: \${env:QOVERY_SECRET}
      events: [DEPLOYMENT_FAILURE]
      enabled: true
  on-call:
    kind: cloudflare/webhook
    spec:
      name: On call
      url: https://oncall.example.com/cloudflare-path
      secret: \${env:CF_SECRET}
  attacks:
    kind: cloudflare/policy
    spec:
      name: Attacks
      alert_type: dos_attack_l7
      enabled: true
      mechanisms: { webhooks: [{ ref: on-call }] }
`;

export const SEVEN_KINDS_ENV = {
  SLACK_URL: "https://hooks.slack.com/services/T000/B000/slack-path",
  CI_SECRET: "ci-secret-value",
  QOVERY_SECRET: "qovery-secret-value",
  CF_SECRET: "cloudflare-secret-value",
};

/** What must never be printed. */
export const SEVEN_KINDS_SECRETS = [
  "slack-path",
  "northflank-path",
  "notifier-path",
  "notification-path",
  "qovery-path",
  "cloudflare-path",
  "-secret-value",
];

/** The text without one integration's block. */
export function withoutIntegration(text: string, key: string): string {
  const lines = text.split("\n");
  const start = lines.indexOf(`  ${key}:`);
  const next = lines.findIndex((line, index) => index > start && /^ {0,2}\S/.test(line));
  lines.splice(start, (next < 0 ? lines.length : next) - start);
  return lines.join("\n");
}

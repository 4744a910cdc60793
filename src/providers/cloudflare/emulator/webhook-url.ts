/** What Cloudflare makes of a destination's URL: the type of the receiver, and the part of the URL that it keeps to itself. */

interface Chat {
  readonly type: string;
  readonly matches: RegExp;
  /** First group: what is shown; second group: the credential. */
  readonly split: RegExp;
}

const CHATS: readonly Chat[] = [
  {
    type: "slack",
    matches: /^https:\/\/hooks\.slack\.com\/services\//i,
    split: /^(https:\/\/hooks\.slack\.com\/services\/[^/?#]+\/[^/?#]+)\/([^/?#]+)\/?$/i,
  },
  {
    type: "discord",
    matches: /^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\//i,
    split: /^(https:\/\/[^/]+\/api\/(?:v\d+\/)?webhooks\/\d+)\/([^/?#]+)\/?(?:\?.*)?$/i,
  },
  {
    type: "gchat",
    matches: /^https:\/\/chat\.googleapis\.com\//i,
    split: /^([^?#]+)\?([^#]+)$/,
  },
  {
    type: "feishu",
    matches: /^https:\/\/open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\//i,
    split: /^(https:\/\/[^/]+\/open-apis\/bot\/(?:v\d+\/)?hook)\/([^/?#]+)\/?$/i,
  },
];

const SERVICES: readonly { readonly type: string; readonly matches: RegExp }[] = [
  { type: "datadog", matches: /^https:\/\/(?:[\w-]+\.)*(?:datadoghq\.(?:com|eu)|ddog-gov\.com)\//i },
  { type: "opsgenie", matches: /^https:\/\/api\.(?:eu\.)?opsgenie\.com\//i },
  { type: "splunk", matches: /^https:\/\/(?:[\w-]+\.)*splunk(?:cloud)?\.com(?::\d+)?\//i },
];

/** A Slack workflow trigger is no Slack webhook: it counts as `generic`. */
export function typeOfUrl(url: string): string {
  const known = [...CHATS, ...SERVICES].find(({ matches }) => matches.test(url));
  return known?.type ?? "generic";
}

/** The URL as it is given back: without the credential of a chat service. */
export function shownUrl(url: string): string {
  const chat = CHATS.find(({ matches }) => matches.test(url));
  return chat === undefined ? url : (chat.split.exec(url)?.[1] ?? url);
}

/** The whole URL of a Slack webhook whose last part was given as the secret, or undefined. */
export function joinedUrl(url: string, secret: string): string | undefined {
  const bare = /^https:\/\/hooks\.slack\.com\/services\/[^/?#]+\/[^/?#]+\/?$/i.test(url);
  return bare ? `${url.replace(/\/$/, "")}/${secret}` : undefined;
}

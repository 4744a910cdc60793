/**
 * Webhooks of the platforms themselves. Who proves to hold the secret is answered with a success once what came is durable, even
 * when it is no event: sent again it would be none either, and a platform that keeps failing is one that stops sending.
 */
import { randomUUID } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { Secret } from "../model/secret.ts";
import type { Json } from "../model/value.ts";
import type { Webhook, WebhookRules } from "../model/webhook.ts";
import type { SourceItem } from "../sources/contract.ts";
import { errorBody } from "./error-body.ts";
import { summaryOf } from "./events.ts";
import type { EventsPort } from "./events.ts";
import { readBody } from "./body.ts";

export interface IngestRoute {
  readonly path: string;
  /** Its id. */
  readonly provider: string;
  /**
   * Any of them will do, so that a new one can be brought in before the old one goes. None refuses everything, unless the
   * platform sends no secret: then whoever knows the path is let in.
   */
  readonly secrets: readonly Secret[];
  readonly rules: WebhookRules;
}

export interface IngestOptions {
  readonly port: EventsPort;
  readonly now: () => number;
  /** Told of a webhook that did not prove anything. */
  readonly onRefused: (route: IngestRoute) => void;
}

export async function answerWebhook(
  route: IngestRoute,
  webhook: Webhook,
  reply: FastifyReply,
  options: IngestOptions,
): Promise<FastifyReply> {
  const { rules, provider } = route;
  if (!isProven(route, webhook, options.now())) {
    options.onRefused(route);
    return reply.code(401).send(unproven(route));
  }
  const read = readBody({ "content-type": "application/json" }, webhook.body);
  const contents = read.candidates.map(({ content }) => content);
  const bodies = contents.map((content) => ("text" in content ? parse(content.text) : undefined));
  if (bodies.length > 0 && bodies.every((body) => body !== undefined && rules.isPing(body))) {
    return reply.code(200).send({ ping: true });
  }
  const items = contents.map((content, index): SourceItem => {
    const body = bodies[index];
    const identity = body === undefined ? undefined : rules.identity(webhook, body);
    const seed = `ingest:${route.path}:${identity ?? randomUUID()}:${index}`;
    return { seed, position: read.candidates[index]?.position ?? "body", content };
  });
  const result = await options.port.accept({ source: `ingest:${provider}`, items, positions: {} });
  return reply.code(202).send(summaryOf(result));
}

const isProven = ({ rules, secrets }: IngestRoute, webhook: Webhook, now: number): boolean =>
  secrets.length === 0
    ? !rules.sendsSecret
    : secrets.map((secret) => rules.proves(webhook, secret, now)).includes(true);

const unproven = ({ provider, rules }: IngestRoute): unknown => {
  const { error } = errorBody(401, `a webhook of ${provider} must bring ${rules.proof}`);
  return { error: { ...error, code: "unauthorised" } };
};

function parse(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse yields JSON
  return JSON.parse(text) as Json;
}

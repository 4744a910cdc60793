/** What operators ask for of one integration, over HTTP. Names are keys, or `kind:id` where no file declares the integration. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { optionalBody } from "./api-body.ts";

export interface IntegrationsPort {
  /** Enqueues a confirmation message; answers with the event's id. */
  test(name: string): Promise<string>;
  enable(name: string): Promise<IntegrationState>;
  /** `reason` is what its status says. */
  disable(name: string, reason: string): Promise<IntegrationState>;
  /** Begins to send what is held, or only counts it. */
  recover(name: string, dryRun: boolean): Promise<{ readonly held: number }>;
  /** Why a name cannot be used for this, or undefined when it can; for a recovery it must be switched on as well. */
  objection(name: string, purpose?: "recover"): Objection | undefined;
}

export interface Objection {
  readonly code: "unknown-key" | "unsupported" | "switched-off";
  readonly message: string;
}

export interface IntegrationState {
  readonly disabled: boolean;
  readonly reason: string | null;
}

type Named = { Params: { name: string } };

/** The longest reason that is kept, in characters. */
const LONGEST_REASON = 200;
const BY_REQUEST = "somebody asked for it";

export function registerIntegrations(api: FastifyInstance, port: IntegrationsPort): void {
  const route = "/api/integrations/:name";
  const unless = async (
    name: string,
    reply: FastifyReply,
    act: () => Promise<FastifyReply>,
    purpose?: "recover",
  ): Promise<FastifyReply> => {
    const objection = port.objection(name, purpose);
    if (objection === undefined) return act();
    return reply.code(objection.code === "unknown-key" ? 404 : 409).send({ error: objection });
  };
  api.post<Named>(`${route}/test`, { schema: { body: optionalBody({}) } }, ({ params: { name } }, reply) =>
    unless(name, reply, async () => reply.code(202).send({ eventId: await port.test(name) })),
  );
  api.post<Named>(`${route}/enable`, { schema: { body: optionalBody({}) } }, ({ params: { name } }, reply) =>
    unless(name, reply, async () => reply.send({ name, ...(await port.enable(name)) })),
  );
  api.post<Named & { Body: { reason?: string } | null }>(
    `${route}/disable`,
    {
      schema: { body: optionalBody({ reason: { type: "string", minLength: 1, maxLength: LONGEST_REASON } }) },
    },
    ({ params: { name }, body }, reply) =>
      unless(name, reply, async () =>
        reply.send({ name, ...(await port.disable(name, body?.reason ?? BY_REQUEST)) }),
      ),
  );
  api.post<Named & { Body: { dryRun?: boolean } | null }>(
    `${route}/recover`,
    { schema: { body: optionalBody({ dryRun: { type: "boolean" } }) } },
    ({ params: { name }, body }, reply) =>
      unless(
        name,
        reply,
        async () => {
          const dryRun = body?.dryRun === true;
          return reply.code(dryRun ? 200 : 202).send({ name, dryRun, ...(await port.recover(name, dryRun)) });
        },
        "recover",
      ),
  );
}

/** Sending deliveries again, over HTTP. */
import type { FastifyInstance } from "fastify";
import { DELIVERY_STATUSES } from "../model/delivery.ts";
import type { DeliverySelection } from "../outbox/contract.ts";

export interface DeliveriesPort {
  /** What `resend` answers is the reply. */
  resend(request: ResendRequest): Promise<unknown>;
}

export interface ResendRequest {
  readonly ids?: readonly string[];
  readonly filter?: Omit<DeliverySelection, "ids">;
  readonly dryRun?: boolean;
}

const MOST_IDS = 10_000;
const text = { type: "string", minLength: 1, maxLength: 512 };
const moment = { type: "integer", minimum: 0 };

const BODY = {
  type: "object",
  additionalProperties: false,
  oneOf: [{ required: ["ids"] }, { required: ["filter"] }],
  properties: {
    ids: { type: "array", minItems: 1, maxItems: MOST_IDS, items: text },
    filter: {
      type: "object",
      additionalProperties: false,
      properties: {
        integration: text,
        status: { type: "array", items: { enum: DELIVERY_STATUSES } },
        event: text,
        project: text,
        since: moment,
        until: moment,
        text,
      },
    },
    dryRun: { type: "boolean" },
  },
};

export function registerDeliveries(api: FastifyInstance, port: DeliveriesPort): void {
  api.post<{ Body: ResendRequest }>(
    "/api/deliveries/resend",
    { schema: { body: BODY } },
    async ({ body }, reply) => reply.send(await port.resend(body)),
  );
}

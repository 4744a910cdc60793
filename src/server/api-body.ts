/** What is taken as the body of a request to the API: JSON, or nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorBody } from "./error-body.ts";

/** Fields that no schema names are refused, not dropped: whoever misspells one is told. */
export const AJV_OPTIONS = { customOptions: { removeAdditional: false } } as const;

/** An object with these fields, or no body at all, which is `null`. */
export const optionalBody = (properties: Readonly<Record<string, unknown>>): unknown => ({
  type: ["object", "null"],
  additionalProperties: false,
  properties,
});

/**
 * In this scope a body is JSON, whether its type says so or there is no type; none and an empty one are `null`. What a page in a
 * browser may send to this machine without asking is refused.
 */
export function takeJson(api: FastifyInstance): void {
  api.addHook("onRequest", refusePages);
  const parse = api.getDefaultJsonParser("error", "error");
  api.removeAllContentTypeParsers();
  api.addContentTypeParser<string>(
    ["application/json", "*"],
    { parseAs: "string" },
    (request, body, done) => {
      if (body.trim() === "") done(null, null);
      else void parse(request, body, done);
    },
  );
  api.addHook("preValidation", async (request) => {
    if (request.method === "POST") request.body ??= null;
  });
  api.setSchemaErrorFormatter(([first], part) => {
    const { instancePath = "", message = "is wrong", params = {} } = first ?? {};
    const unknown = params["additionalProperty"];
    const place = `${part}${instancePath}`;
    return new Error(
      typeof unknown === "string" ? `${place} has an unknown field "${unknown}"` : `${place} ${message}`,
    );
  });
}

/** A page may send a form, text, or something without a type; JSON it may not. Browsers say where such a request comes from. */
async function refusePages({ method, headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (method !== "POST") return;
  const type = headers["content-type"];
  const isOfPage = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
  if (type === undefined ? !isOfPage : type.startsWith("application/json")) return;
  await reply.code(415).send(errorBody(415, "send application/json"));
}

/** Scalingo's credentials: an API token is exchanged for a bearer token (a JWT) of one hour. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { isObject } from "../../../model/value.ts";
import type { EmulatedRequest, EmulatorContext, Gate, Reply } from "../../emulator-contract.ts";
import { failure } from "./forms.ts";

const VALID_S = 3600;

/** `POST /v1/tokens/exchange`: HTTP Basic without a user, the API token as password. */
export function exchange(context: EmulatorContext): Reply {
  const token = basicPassword(context.request.headers["authorization"]);
  if (token === undefined || !context.accepts(token)) return failure(401, "unauthorized");
  const issuedAt = Math.floor(context.now() / 1000);
  const claims = {
    iss: "Scalingo Auth",
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + VALID_S,
    uuid: context.ids.uuid(),
  };
  return { status: 200, body: { token: sign(claims, context.signingKey) } };
}

/**
 * A bearer token of ours that has not expired, or a secret that the emulator takes as it is. A token that says that it has
 * expired is refused whoever signed it.
 */
export function authenticate(request: EmulatedRequest, gate: Gate): string | undefined {
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  if (token === undefined) return undefined;
  const expires = expiry(token);
  if (expires !== undefined && expires * 1000 <= gate.now()) return undefined;
  return isSigned(token, gate.signingKey) || gate.accepts(token) ? token : undefined;
}

function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString();
  return decoded.slice(decoded.indexOf(":") + 1);
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const signature = (text: string, key: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");

function sign(claims: object, key: string): string {
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${signature(text, key)}`;
}

function isSigned(token: string, key: string): boolean {
  const end = token.lastIndexOf(".");
  const given = Buffer.from(token.slice(end + 1));
  const wanted = Buffer.from(signature(token.slice(0, end), key));
  return end > 0 && given.length === wanted.length && timingSafeEqual(given, wanted);
}

function expiry(token: string): number | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString());
    const exp = isObject(claims) ? claims["exp"] : undefined;
    return typeof exp === "number" ? exp : undefined;
  } catch {
    return undefined;
  }
}

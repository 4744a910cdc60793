/** Scalingo's error bodies: `{ error, code }`, `{ resource, error }`, `{ errors: { field: [message] } }`, or plain text. */
import type { Json } from "../../model/value.ts";
import type { Complaint } from "../api-failure.ts";
import { asArray, asObject, asText } from "../read-json.ts";

export function explain(_status: number, body: Json | undefined, text: string): Complaint | undefined {
  if (body === undefined) return isShortText(text) ? { message: text.trim() } : undefined;
  const { error, errors, resource, code } = asObject(body);
  for (const [field, messages] of Object.entries(asObject(errors))) {
    const message = asText(messages) ?? asText(asArray(messages)[0]);
    if (message !== undefined) return { message, field };
  }
  const message = asText(error);
  if (message === undefined) return undefined;
  const named = asText(resource);
  return {
    message: named === undefined ? message : `${named} ${message}`,
    ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
  };
}

/** A page of HTML says nothing. */
const isShortText = (text: string): boolean => text.trim() !== "" && text.length < 500 && !text.includes("<");

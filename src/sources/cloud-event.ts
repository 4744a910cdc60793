/**
 * CloudEvents in binary mode: the attributes stand in headers, the data is the body. What is made of it is the same event as
 * structured JSON. Pure.
 */
import { isUtf8 } from "node:buffer";
import type { SourceItem } from "./contract.ts";
import { rejected } from "./lines.ts";

const PREFIX = "ce-";
/** An attribute's name; what else begins with the prefix is somebody else's header. */
const isAttribute = (name: string): boolean => /^[a-z0-9]+$/.test(name) && name !== "data";

type Headers = Readonly<Record<string, string | undefined>>;

/** Whether a message says that it is a CloudEvent in binary mode. Names are in lower case. */
export const isBinary = (headers: Headers, mediaType: string): boolean =>
  !mediaType.startsWith("application/cloudevents") &&
  ["specversion", "id", "type", "source"].some((name) => headers[PREFIX + name] !== undefined);

/** The event as structured JSON, or what is wrong with it. `contentType` is that of the body, as it was given. */
export function fromBinary(
  headers: Headers,
  contentType: string | undefined,
  body: Buffer,
): SourceItem["content"] {
  const attributes: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    const name = header.slice(PREFIX.length);
    if (!header.startsWith(PREFIX) || value === undefined || !isAttribute(name)) continue;
    const decoded = decodeValue(value);
    if (decoded === undefined)
      return rejected(`has a header ${header} whose percent-encoding is not UTF-8`, body);
    attributes[name] = decoded;
  }
  const missing = ["specversion", "type"].find((name) => attributes[name] === undefined);
  if (missing !== undefined) return rejected(`is a CloudEvent without the header ${PREFIX}${missing}`, body);
  if (contentType !== undefined) attributes["datacontenttype"] = contentType;
  return withData(attributes, body);
}

function withData(attributes: Readonly<Record<string, string>>, body: Buffer): SourceItem["content"] {
  const known = JSON.stringify(attributes);
  const type = attributes["datacontenttype"];
  const member = (name: string, json: string): string => `${known.slice(0, -1)},"${name}":${json}}`;
  if (body.length === 0) return { text: known };
  if (type !== undefined && isJsonType(type)) {
    const text = isUtf8(body) ? body.toString("utf8") : undefined;
    return text !== undefined && isJson(text)
      ? { text: member("data", text) }
      : rejected(`has data that is not JSON, as its content type ${type} says`, body);
  }
  if (type !== undefined && /^text\//i.test(type) && isUtf8(body))
    return { text: member("data", JSON.stringify(body.toString("utf8"))) };
  return { text: member("data_base64", JSON.stringify(body.toString("base64"))) };
}

const isJsonType = (mediaType: string): boolean => /^[^;]*[/+]json\s*(;|$)/i.test(mediaType);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Unquotes, then decodes `%XX`; undefined where the bytes are not UTF-8. A lone `%` is itself. */
function decodeValue(value: string): string | undefined {
  const plain = /^"(.*)"$/s.exec(value)?.[1]?.replaceAll(/\\(.)/gs, "$1") ?? value;
  try {
    return plain.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => decodeURIComponent(run));
  } catch {
    return undefined;
  }
}

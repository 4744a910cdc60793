/** The further headers of a `bellhop/integration`. */
import { kinds } from "../../generated/kinds/bellhop.ts";
import { headerValue, isHeaderName } from "../../lib/http-header.ts";
import type { OutgoingHeader } from "../../model/request.ts";
import { reveal, Secret } from "../../model/secret.ts";
import { findKind } from "../kinds.ts";

/** Those of one connection, and those that the sender and the signature set. */
const RESERVED = new Set(findKind(kinds, "bellhop/integration").fields["headers"]?.reservedKeys ?? []);

const isReserved = (name: string): boolean => RESERVED.has(name.toLowerCase());

/** Left out are reserved names and what is no header name; values are made legal (see headerValue). */
export const furtherHeaders = (headers: Readonly<Record<string, Secret>> = {}): OutgoingHeader[] =>
  Object.entries(headers)
    .filter(([name]) => isHeaderName(name) && !isReserved(name))
    .map(([name, value]) => ({ name, value: new Secret(headerValue(reveal(value))) }));

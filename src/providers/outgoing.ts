/** What leaves for a provider: values in clear, but never a mask or a reference in place of one. */
import { AppError } from "../model/errors.ts";
import { Secret, reveal } from "../model/secret.ts";
import { Unresolved, isObject } from "../model/value.ts";
import type { Fields, Json, Value } from "../model/value.ts";

export interface Outgoing {
  readonly body: Json;
  /** Every secret in it, so that the answer's words can be searched for them. */
  readonly secrets: readonly string[];
}

/** How our own output, and that of the providers' consoles, writes what it does not show. */
const OUR_MASK = /\(secret( [0-9a-f]{1,8})?\)|^\(not yet known: .*\)$|^\$\{(env|file):[^}]*\}$/;
const ANY_MASK =
  /^[*•●]{3,}$|^[<[(]?(redacted|hidden|masked|secret|sensitive)[>\])]?$|^SECRET_VALUE_UNCHANGED$/i;

/** Throws an AppError `config-invalid`, and so before anything is sent, where a value is missing or a mask. */
export function revealOutgoing(fields: Fields): Outgoing {
  const secrets: string[] = [];
  const body = revealValue(fields, "", secrets);
  return { body, secrets };
}

function revealValue(value: Value, path: string, secrets: string[]): Json {
  if (value instanceof Unresolved) throw missing(path, value.reference);
  if (value instanceof Secret) {
    const plain = reveal(value);
    if (OUR_MASK.test(plain) || ANY_MASK.test(plain)) throw masked(path);
    secrets.push(plain);
    return plain;
  }
  if (typeof value === "string" && OUR_MASK.test(value)) throw masked(path);
  if (Array.isArray(value))
    return value.map((item, index) => revealValue(item, `${path}[${index}]`, secrets));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      revealValue(item, path === "" ? name : `${path}.${name}`, secrets),
    ]),
  );
}

const missing = (path: string, reference: string): AppError =>
  new AppError(
    "config-invalid",
    `${path} has no value: ${reference} is not set, and an update without it might clear it`,
    {
      hint: `set ${reference.replace(/^\$\{\w+:([^:}]*).*$/, "$1")} and apply again`,
    },
  );

const masked = (path: string): AppError =>
  new AppError("config-invalid", `${path} holds a masked value, which is never sent`, {
    hint: "put the real value there, or better a reference such as ${env:NAME}",
  });

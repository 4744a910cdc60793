/** Values of a declared or observed resource: JSON, and two kinds of leaf that JSON does not have. */
import { Secret } from "./secret.ts";

/** A reference whose value is not available now: `${env:NAME}` that is not set, `${file:path}` that is not there. */
export class Unresolved {
  /** The reference as written, such as `${env:NAME}`. */
  readonly reference: string;
  /** Whether the field it stands in bears a secret. */
  readonly secret: boolean;

  constructor(reference: string, secret: boolean) {
    this.reference = reference;
    this.secret = secret;
  }

  toJSON(): string {
    return `(not yet known: ${this.reference})`;
  }

  toString(): string {
    return this.toJSON();
  }
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Value =
  | string
  | number
  | boolean
  | null
  | Secret
  | Unresolved
  | Value[]
  | { [key: string]: Value };
export type Fields = { [key: string]: Value };

export function isObject(value: unknown): value is { [key: string]: Value } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unresolved)
  );
}

/** A member of a record whose names may be anybody's words, `constructor` included. */
export const ownValue = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Whether any leaf is unresolved. */
export function hasUnresolved(value: Value | undefined): boolean {
  if (value instanceof Unresolved) return true;
  if (Array.isArray(value)) return value.some(hasUnresolved);
  return isObject(value) && Object.values(value).some(hasUnresolved);
}

/** The credentials of a target's API, as they are needed to speak. */
import { createHash } from "node:crypto";
import { AppError } from "../model/errors.ts";
import { Secret, reveal } from "../model/secret.ts";
import { Unresolved } from "../model/value.ts";
import type { ConnectOptions } from "./adapter-contract.ts";

/** In clear; undefined where it is not given. An AppError where its variable is not set. */
export function credential({ target, api }: ConnectOptions, name: string): string | undefined {
  const value = api.credentials[name];
  if (value instanceof Unresolved) {
    throw new AppError(
      "api-unauthorised",
      `the target ${target} has no ${name}: ${value.reference} is not set`,
      {
        hint: "set the variable",
      },
    );
  }
  return value instanceof Secret ? reveal(value) : value;
}

export function expectCredential(options: ConnectOptions, name: string): string {
  const value = credential(options, name);
  if (value !== undefined && value !== "") return value;
  throw new AppError("api-unauthorised", `the target ${options.target} has no ${name}`, {
    hint: `add api: { ${name}: "\${env:…}" } to the target`,
  });
}

/** Names an account without giving its credential away. */
export const accountOf = (provider: string, url: string, secret: string): string =>
  `${provider} ${url} ${createHash("sha256").update(secret).digest("hex")}`;

export function expectScope(options: ConnectOptions, name: string): string {
  if (options.scope !== undefined && options.scope !== "") return options.scope;
  throw new AppError("config-invalid", `the target ${options.target} has no ${name}`, {
    hint: `add ${name} to the target`,
  });
}

/** Origin and path prefix without a slash at the end. */
export const baseUrl = (url: string): string => url.replace(/\/+$/, "");

/** Lookups that every adapter does. */
import { AppError } from "../model/errors.ts";
import type { Kind, KindSpec } from "../model/field.ts";
import { Secret } from "../model/secret.ts";
import type { Fields, Value } from "../model/value.ts";
import type { ConnectOptions } from "./adapter-contract.ts";

export function findKind(kinds: readonly KindSpec[], name: Kind): KindSpec {
  const found = kinds.find((kind) => kind.kind === name);
  if (found === undefined) throw new Error(`there is no kind ${name}`);
  return found;
}

export const gone = (kind: Kind, remoteId: string): AppError =>
  new AppError("not-found", `${kind} ${remoteId} is gone`, { hint: "plan again: it will be created anew" });

/** What was made and cannot be read afterwards. */
export const vanished = (title: string, id: string): AppError =>
  new AppError(
    "api-unreachable",
    `${title}: ${id === "" ? "an object" : id} was created but cannot be read`,
    {
      hint: "plan again",
    },
  );

/** Swallows an AppError `not-found` and throws everything else on. */
export function unlessNotFound(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== "not-found") throw error;
}

/** Tells when a secret that we set is left out: whether the provider then forgets it is not documented, and cannot be read. */
export function tellOfKeptSecret(
  options: ConnectOptions,
  kind: KindSpec,
  remoteId: string,
  spec: Fields,
): void {
  const memory = options.known?.(kind.kind, remoteId)?.secrets ?? {};
  for (const [name, field] of Object.entries(kind.fields)) {
    if (field.writeOnly !== true || field.secret === undefined) continue;
    if (memory[name] === undefined || spec[name] !== undefined) continue;
    const message = `${options.target}: ${remoteId} may keep its former ${name}, since none was sent; nothing can tell`;
    options.onNotice?.({ level: "warning", message });
  }
}

/** Throws where an expression is wanted. */
export function raise(error: Error): never {
  throw error;
}

/** Whether two secrets, or two plain values, are the same; left out and `null` count as "". */
export function sameLeaf(left: Value | undefined, right: Value | undefined): boolean {
  if (left instanceof Secret && right instanceof Secret) return left.equals(right);
  return (left ?? "") === (right ?? "");
}

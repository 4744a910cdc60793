/** Scalingo's errors, and what is common to the resources of an application. */
import type { EmulatorContext, Problem, RecordsView, Reply } from "../../emulator-contract.ts";
import { objectId } from "./catalogue.ts";

export const NOTIFIER = "scalingo/notifier";
export const NOTIFICATION = "scalingo/notification";

export function failure(status: number, message: string): Reply {
  // Scalingo documents plain text for this one.
  if (status === 429) return { status, body: "Retry later" };
  if (status === 404) return { status, body: { resource: "Endpoint", error: "not found" } };
  return { status, body: { error: message, ...(status === 400 ? { code: "bad-request" } : {}) } };
}

export const missing = (resource: string): Reply => ({
  status: 404,
  body: { resource, error: "not found" },
});

/** 422 with the messages of each field. */
export function invalid(problems: readonly Problem[]): Reply {
  const errors: { [field: string]: string[] } = {};
  for (const { path, message } of problems) (errors[path || "base"] ??= []).push(message);
  return { status: 422, body: { errors } };
}

export const problemOf = (path: string, message: string): Problem => ({
  field: path.split(".")[0] ?? path,
  path,
  message,
});

/** The application of the path, which may say its name or its id. Records keep the name. */
export function appOf(context: EmulatorContext, records: RecordsView): string {
  const given = context.request.params["app"] ?? "";
  const known = [...records.scopes(NOTIFIER), ...records.scopes(NOTIFICATION)];
  return known.find((app) => app !== given && appId(app) === given) ?? given;
}

export const appId = (app: string): string => (/^[0-9a-f]{24}$/.test(app) ? app : objectId(`app/${app}`));

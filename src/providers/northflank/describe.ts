/** Northflank events in words. Only `build:start` has a documented payload; the rest is read as far as it is there. */
import { readNamed, readObject, readText } from "../../model/body.ts";
import type { Event } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import { fact, levelOf, messageOf, nameOf, scalarFacts, sentence } from "../describe.ts";
import type { Level } from "../describe.ts";
import { delivered } from "./events.ts";

const OUTCOMES: Readonly<Record<string, readonly [string, Level]>> = {
  start: ["started", "info"],
  queued: ["queued", "info"],
  update: ["updated", "info"],
  success: ["succeeded", "success"],
  failure: ["failed", "error"],
  abort: ["aborted", "warning"],
  aborted: ["aborted", "warning"],
  terminate: ["terminated", "warning"],
};

const SUBJECTS = ["service", "job", "addon", "template", "template-run", "cdn"];
/** What is said elsewhere in the message. */
const SAID = new Set(["build.branch", "build.sha", "build.status", "user.id", "project.id", "project.name"]);

export function describe(event: Event): Message {
  const data = readObject(event.data);
  const build = readObject(data["build"]);
  const subject = SUBJECTS.map((name) => nameOf(readNamed(data[name]))).find((name) => name !== undefined);
  const { words, level } = wordsOf(delivered(event.type));
  const where = [subject, nameOf(event.project)].filter((name) => name !== undefined).join(" in ");
  return messageOf(event, {
    title: where === "" ? words : `${words}: ${where}`,
    text: readText(data["message"]),
    level,
    facts: [
      fact("Status", build["status"]),
      fact("Branch", build["branch"]),
      fact("Commit", readText(build["sha"])?.slice(0, 12)),
      fact("Pull request", build["pullRequestId"]),
      fact("User", nameOf(readNamed(data["user"]))),
      ...(event.provider === "northflank" ? [] : scalarFacts(event.data, SAID)),
    ],
  });
}

function wordsOf(type: string): { words: string; level: Level } {
  const parts = type.split(":");
  const [verb, level] = OUTCOMES[parts.at(-1) ?? ""] ?? [];
  if (verb === undefined || level === undefined) return { words: sentence(type), level: levelOf(type) };
  return { words: `${sentence(parts.slice(0, -1).join(" "))} ${verb}`, level };
}

import { expect, it } from "vitest";
import { createTrouble } from "../../src/delivery/trouble.ts";
import { createLog } from "../../src/lib/log.ts";

it("is an error once while it stays the same, and again when it comes back", () => {
  const lines: string[] = [];
  const log = createLog({ level: "debug", pretty: false, write: (line) => void lines.push(line) });
  const trouble = createTrouble(log);
  trouble.say(new Error("the disk is full"), "cannot write", { results: 3 });
  trouble.say(new Error("the disk is full"), "cannot write");
  trouble.say(new Error("the disk is gone"), "cannot write");
  trouble.over();
  trouble.say("the disk is gone", "cannot write");
  const said = lines.map((line) => JSON.parse(line) as { level: string; reason: string; results?: number });
  expect(said.map(({ level, reason }) => [level, reason])).toEqual([
    ["error", "the disk is full"],
    ["debug", "the disk is full"],
    ["error", "the disk is gone"],
    ["error", "the disk is gone"],
  ]);
  expect(said[0]?.results).toBe(3);
});

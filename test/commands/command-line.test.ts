import { expect, test } from "vitest";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp.ts";

test.for([
  ["plna", "error: unknown command 'plna'\n(Did you mean plan?)"],
  ["nothing like it", "error: unknown command 'nothing'"],
  ["deliveries shwo", "error: unknown command 'shwo'\n(Did you mean show?)"],
  ["help nope", "error: unknown command 'nope'"],
  ["help state nope", "error: unknown command 'state nope'"],
  ["deliveries", "Usage: bellhop deliveries"],
])("%s is wrong usage, and is told as what it is", async ([line = "", message = ""]) => {
  const { code, out, err } = await runCli(line.split(" "), { cwd: await tempDir() });
  expect({ code, out }).toEqual({ code: 64, out: "" });
  expect(err).toContain(message);
});

test("no command at all shows the help, as wrong usage", async () => {
  const { code, out, err } = await runCli([], { cwd: await tempDir() });
  expect({ code, out }).toEqual({ code: 64, out: "" });
  expect(err).toContain("Usage: bellhop");
});

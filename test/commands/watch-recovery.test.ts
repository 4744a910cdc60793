import { expect, it } from "vitest";
import { tellProgress } from "../../src/commands/watch-recovery.ts";

it("tells of progress when there is more of it, and never goes back", () => {
  const lines: string[] = [];
  const tell = tellProgress({ err: (text) => void lines.push(text) }, 5);
  for (const delivered of [0, 0, 2, 1, 2, 5, 5]) tell(delivered);
  expect(lines).toEqual(["0 of 5 delivered\n", "2 of 5 delivered\n", "5 of 5 delivered\n"]);
});

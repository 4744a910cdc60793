import { expect, it } from "vitest";
import { createLog } from "../../src/lib/log.ts";

it("shows control characters from outside as what they are, and does not obey them", () => {
  let shown = "";
  const log = createLog({ level: "info", pretty: true, write: (line) => void (shown += line) });
  log.warn({ source: "\u001b[2J\nERROR forged\u202e.ndjson" }, "rejected");
  expect(shown).toMatch(
    /^\d\d:\d\d:\d\d WARN  rejected {2}source=\uFFFD\[2J\uFFFDERROR forged\uFFFD\.ndjson\n$/,
  );
});

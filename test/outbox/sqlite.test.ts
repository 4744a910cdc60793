import { describe } from "vitest";
import { openSqliteOutbox } from "./built.ts";
import { outboxConformance } from "../conformance/outbox.ts";
import { useFolder } from "./folder.ts";

// Shared, since that takes one thread; a daemon's two are in sqlite-process.test.ts.
describe("the SQLite outbox", () => {
  const folder = useFolder();
  let files = 0;
  outboxConformance((clock) =>
    openSqliteOutbox({ path: folder.path(`${(files += 1)}.db`), mode: "shared", clock }),
  );
});

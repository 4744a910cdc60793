import { describe } from "vitest";
import { openSqliteOutbox } from "../../src/outbox/sqlite/client.ts";
import { outboxConformance } from "../conformance/outbox.ts";
import { useFolder } from "./folder.ts";

describe("the SQLite outbox", () => {
  const folder = useFolder();
  let files = 0;
  outboxConformance((clock) =>
    openSqliteOutbox({ path: folder.path(`${(files += 1)}.db`), mode: "exclusive", clock }),
  );
});

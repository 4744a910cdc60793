/** A process of its own that adds records to a store as fast as it can: `store-writer.ts FILE NAME COUNT`. */
import { concealWith } from "../../src/model/conceal.ts";
import { openFileStore } from "../../src/store/file.ts";
import { record } from "./acme-record.ts";

const [file = "", name = "", count = "0"] = process.argv.slice(2);
const store = openFileStore({ file, conceal: concealWith({}), waitMs: 60_000 });
process.stdout.write("ready\n");
for (let index = 0; index < Number(count); index += 1) {
  await store.write(
    (records) => void records.push(record(`${name}-${index}`, { spec: { padding: "x".repeat(2000) } })),
  );
}
await store.close();

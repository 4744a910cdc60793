/** Builder of stored records. */
import type { StoreRecord } from "../../src/model/record.ts";

export const record = (id: string, over: Partial<StoreRecord> = {}): StoreRecord => ({
  uid: `uid-${id}`,
  kind: "acme/hook",
  scope: "",
  id,
  key: id,
  spec: { name: id },
  confirm: true,
  createdAt: "2026-01-02T03:04:05.678Z",
  updatedAt: "2026-01-02T03:04:05.678Z",
  ...over,
});

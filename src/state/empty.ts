/** The first state of a project. */
import { randomBytes, randomUUID } from "node:crypto";
import type { StateData } from "./contract.ts";

/** Nothing in the inventory, and a new key. */
export const emptyState = (): StateData => ({
  formatVersion: 1,
  lineage: randomUUID(),
  serial: 0,
  fingerprintKey: randomBytes(32).toString("base64"),
  inventory: {},
});

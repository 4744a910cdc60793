/** Whether a state may take the place of another one. */
import { AppError } from "../model/errors.ts";
import type { StateData } from "./contract.ts";

type Mark = Pick<StateData, "lineage" | "serial">;

/** Throws AppError `state-moved` unless `next` was made from `current`. `where` names the state. */
export function expectSuccessor(where: string, current: Mark, next: Mark): void {
  if (current.lineage !== next.lineage) {
    throw new AppError("state-moved", `${where} is another project's by now, and was not overwritten`, {
      hint: "check where the file's state points to; every project needs a state of its own",
    });
  }
  if (current.serial < next.serial) return;
  throw new AppError(
    "state-moved",
    `${where} was written by somebody else (serial ${current.serial}), and was not overwritten`,
    { hint: "run it again: it starts from what is there by then" },
  );
}

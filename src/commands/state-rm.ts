/** Lets an object go: the inventory forgets it, and the object stays where it is. */
import { AppError, ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { LOCK_OPTION } from "./lock-options.ts";
import { expectEntry, withLockedState } from "./state-file.ts";

export const command: CommandSpec = {
  name: "rm",
  parent: "state",
  summary: "let an object go: it stays where it is, unmanaged",
  arguments: [{ name: "<key>", description: "key of the integration" }],
  options: [...CONFIG_OPTIONS, LOCK_OPTION],
  examples: [
    {
      command: "bellhop state rm old-hook",
      does: "the inventory forgets old-hook; nothing is deleted, now or by the next apply",
    },
  ],
  run: (io, [key = ""], options) =>
    withLockedState(io, options, "state rm", async (state, store, config) => {
      const { kind, remoteId, target, protect } = expectEntry(state, key);
      if (state === undefined) throw new AppError("unknown-key", `the inventory has no ${key}`);
      const { [key]: _, ...inventory } = state.inventory;
      await store.write({ ...state, serial: state.serial + 1, inventory });
      io.out(`${key} is let go; ${kind} ${remoteId} stays at ${target}\n`);
      if (protect) io.err("it was protected; nothing protects it from others now\n");
      if (config.integrations.some((one) => one.key === key)) {
        io.err(
          `${key} is still declared: remove its block, or the next plan takes the object back or is blocked by it\n`,
        );
      }
      return ExitCode.ok;
    }),
};

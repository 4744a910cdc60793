/** Takes an existing object over as a declared integration. */
import { openConfiguredSession } from "../app/session.ts";
import { ExitCode } from "../model/errors.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "adopt",
  summary: "take an existing object over as a declared integration",
  arguments: [
    { name: "<key>", description: "key of the integration in the file" },
    { name: "<id>", description: "the provider's id of the object" },
  ],
  options: CONFIG_OPTIONS,
  examples: [
    {
      command: "bellhop adopt builds example-notification",
      does: "from now on builds is that object; bellhop plan shows what differs",
    },
  ],
  run: async (io, [key = "", id = ""], options) => {
    const config = await loadForCommand(io, options, "plan");
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    try {
      const { kind, remoteId } = await session.adopt(key, id);
      io.err(`${key} is ${kind} ${remoteId} now; bellhop plan shows what differs\n`);
      return ExitCode.ok;
    } finally {
      await session.close();
    }
  },
};

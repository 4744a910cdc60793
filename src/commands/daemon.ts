/** `bellhop daemon`: tails sources, delivers, and keeps targets equal to the file, until it is told to stop. */
import { startDaemon } from "../app.ts";
import { ExitCode } from "../model/errors.ts";
import { createLog, LOG_LEVELS } from "../lib/log.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";

export const command: CommandSpec = {
  name: "daemon",
  summary: "tail sources, deliver, and keep targets equal to the file",
  options: [
    ...CONFIG_OPTIONS,
    {
      flags: "--listen <address>",
      description: "host:port in place of daemon.listen; port 0 lets the system pick",
    },
    { flags: "--log-level <level>", description: "what is logged", choices: LOG_LEVELS, default: "info" },
  ],
  examples: [{ command: "bellhop daemon -f notifications.yaml", does: "runs until SIGTERM, then drains" }],
  run: async (io, _args, options) => {
    // Asked for first, so that a signal while it starts ends it in order too.
    const { stopping } = io;
    const load = () => loadForCommand(io, options, "daemon");
    const config = await load();
    const listen = text(options, "listen") ?? config.daemon.listen;
    const log = createLog({
      level: text(options, "logLevel") ?? "info",
      pretty: io.color.out,
      write: io.out,
    });
    const daemon = await startDaemon({
      config: { ...config, daemon: { ...config.daemon, listen } },
      load,
      log,
      pid: io.pid,
      cwd: io.cwd,
    });
    log.info({ url: daemon.url, pid: io.pid, integrations: config.integrations.length }, "ready");
    await aborted(stopping);
    log.info({}, "stopping");
    await daemon.stop();
    log.info({}, "stopped");
    return ExitCode.ok;
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** `bellhop daemon`: tails sources, delivers, and keeps targets equal to the file, until it is told to stop. */
import { startDaemon } from "../app.ts";
import type { Loaded } from "../app/configuration.ts";
import { loadConfig } from "../config/load.ts";
import type { LoadResult } from "../config/load.ts";
import type { Config } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { parseListenAddress } from "../lib/listen-address.ts";
import { createLog, LOG_LEVELS } from "../lib/log.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { text } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";
import { loadOptions, loadWithOrigins } from "./load.ts";

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
  examples: [
    {
      command: "bellhop daemon -f notifications.yaml",
      does: "runs until SIGTERM, then drains; SIGHUP reads the file again",
    },
  ],
  run: async (io, _args, options) => {
    checkListen(options);
    const log = createLog({
      level: text(options, "logLevel") ?? "info",
      pretty: io.color.out,
      write: io.out,
    });
    const first = await loadFirst(io, options);
    const daemon = await startDaemon({
      first,
      load: () => readAgain(io, options),
      log,
      pid: io.pid,
      cwd: io.cwd,
      stdin: io.stdin,
    });
    io.onHangup(() => {
      log.info({}, "asked to read the configuration again");
      void daemon.reload();
    });
    log.info({ url: daemon.url, pid: io.pid, integrations: first.config.integrations.length }, "ready");
    await aborted(io.stopping);
    log.info({}, "stopping");
    await daemon.stop();
    log.info({}, "stopped");
    return ExitCode.ok;
  },
};

async function loadFirst(io: Io, options: Options): Promise<Loaded> {
  const readAt = Date.now();
  const { config, inputs } = await loadWithOrigins(io, options, "daemon");
  return { config: listeningWhereTold(config, options), inputs, readAt };
}

/** What is wrong goes to the log by then, and not to the terminal. */
async function readAgain(io: Io, options: Options): Promise<LoadResult> {
  const { config, ...result } = await loadConfig(loadOptions(io, options, "daemon"));
  return config === undefined ? result : { ...result, config: listeningWhereTold(config, options) };
}

/** What is wrong with daemon.listen is a diagnostic of the configuration. */
function checkListen(options: Options): void {
  const listen = text(options, "listen");
  if (listen === undefined || parseListenAddress(listen) !== undefined) return;
  throw new AppError("usage", `--listen ${listen} is not host:port, with a port from 0 to 65535`, {
    hint: "write it like 127.0.0.1:8420, or [::1]:8420 for IPv6",
    exitCode: ExitCode.usage,
  });
}

function listeningWhereTold(config: Config, options: Options): Config {
  const listen = text(options, "listen") ?? config.daemon.listen;
  return { ...config, daemon: { ...config.daemon, listen } };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

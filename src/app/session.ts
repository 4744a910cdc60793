/** What plan, apply and destroy, and the daemon's loop, are made of: the configuration joined to real stores, state and providers. */
import { relative } from "node:path";
import { kindSpecs } from "../generated/kinds.ts";
import { providers } from "../generated/registry.ts";
import { concealWith } from "../model/conceal.ts";
import type { Config } from "../model/config.ts";
import { AppError } from "../model/errors.ts";
import type { Session } from "../reconcile/session.ts";
import { openSession } from "../reconcile/session.ts";
import type { Store } from "../store/contract.ts";
import { openFileStore } from "../store/file.ts";
import { apiSurroundings, openApiTargets } from "./api-targets.ts";
import type { ApiSurroundings } from "./api-targets.ts";
import { openState } from "./state.ts";

const kinds = Object.fromEntries(kindSpecs.map((spec) => [spec.kind, spec]));

/** Opens nothing yet: stores, state and targets are opened as they are needed. Paths in plans are relative to `cwd`. */
export function openConfiguredSession(
  config: Config,
  cwd: string,
  surroundings: ApiSurroundings = apiSurroundings(),
): Session {
  const apis = openApiTargets(surroundings);
  const session = openSession(withRelativeSources(config, cwd), {
    kindSpecs,
    providers,
    openStore,
    stateStore: openState(config.state),
    openApi: apis.open,
    onNote: (message) => surroundings.onNotice?.({ level: "progress", message }),
  });
  return {
    ...session,
    close: async () => {
      await session.close();
      await apis.close();
    },
  };
}

/** The store at a path or URL, as targets name it. */
export function openStore(location: string): Store {
  if (isUrl(location)) throw unsupportedLocation("a store", location);
  return openFileStore({ file: location, conceal: concealWith(kinds) });
}

/** Whether a store, a state or a database is at a URL, and in no file. */
export const isUrl = (location: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(location);

/** The file that holds the outbox. */
export function databaseFile({ daemon }: { readonly daemon: Pick<Config["daemon"], "database"> }): string {
  if (isUrl(daemon.database)) throw unsupportedLocation("a database", daemon.database);
  return daemon.database;
}

/** Names the scheme only: the rest may hold a password. */
function unsupportedLocation(what: string, location: string): AppError {
  const scheme = location.slice(0, location.indexOf(":"));
  return new AppError("unsupported", `${what} at ${scheme}:// is not supported yet`, { hint: "use a file" });
}

function withRelativeSources(config: Config, cwd: string): Config {
  const names = new Map<string, string>();
  const shorten = (file: string): string => {
    const known = names.get(file);
    if (known !== undefined) return known;
    const path = relative(cwd, file);
    const short = path.startsWith("..") || path === "" ? file : path;
    names.set(file, short);
    return short;
  };
  const integrations = config.integrations.map((integration) => ({
    ...integration,
    source: { ...integration.source, file: shorten(integration.source.file) },
  }));
  return { ...config, integrations };
}

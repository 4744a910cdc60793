/** Makes the state anew from what is declared and what is there; changes no target. */
import { openConfiguredSession } from "../app/session.ts";
import { openState } from "../app/state.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import { rebuild } from "../reconcile/rebuild.ts";
import type { Rebuilt } from "../reconcile/rebuild.ts";
import type { StateData, StateStore } from "../state/contract.ts";
import { emptyState } from "../state/empty.ts";
import { fingerprintWith } from "../state/fingerprint.ts";
import { withStateLock } from "../state/with-lock.ts";
import { YES_OPTION } from "./apply-plan.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import { flag } from "./contract.ts";
import type { CommandSpec, Io, Options } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { LOCK_OPTION, lockOptions } from "./lock-options.ts";
import { noticesTo } from "./notices.ts";

export const command: CommandSpec = {
  name: "rebuild",
  parent: "state",
  summary: "make the state anew from what is in the targets",
  options: [
    ...CONFIG_OPTIONS,
    LOCK_OPTION,
    YES_OPTION,
    {
      flags: "--format <format>",
      description: "how to print it",
      choices: ["human", "json"],
      default: "human",
    },
  ],
  examples: [
    {
      command: "bellhop state rebuild",
      does: "after the state was lost: finds what is declared by keys and names, and takes it into a new inventory",
    },
  ],
  run: async (io, _args, options) => {
    const lock = lockOptions(io, options, "state rebuild");
    const config = await loadForCommand(io, options, "plan");
    const session = openConfiguredSession(config, io.cwd, noticesTo(io));
    const store = openState(config.state);
    try {
      return await withStateLock(store, { ...lock, onNote: (note) => io.err(`${note}\n`) }, async () => {
        const old = await readGood(store, io);
        const base = old ?? emptyState();
        const look = await session.look();
        const rebuilt = rebuild({ ...look, fingerprint: fingerprintWith(base.fingerprintKey) });
        await consent(io, options, old, rebuilt);
        const { pending: _, ...rest } = base;
        await store.write(
          { ...rest, serial: base.serial + 1, inventory: rebuilt.inventory },
          { overwrite: true },
        );
        print(io, options, rebuilt);
        return rebuilt.ambiguous.length === 0 ? ExitCode.ok : ExitCode.partial;
      });
    } finally {
      await store.close();
      await session.close();
    }
  },
};

/** Undefined where there is none, or none that can be read. */
async function readGood(store: StateStore, io: Io): Promise<StateData | undefined> {
  try {
    return await store.read();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "state-unreadable") throw error;
    io.err(`${error.message}; it is made anew\n`);
    return undefined;
  }
}

async function consent(
  io: Io,
  options: Options,
  old: StateData | undefined,
  rebuilt: Rebuilt,
): Promise<void> {
  const held = Object.keys(old?.inventory ?? {});
  if (held.length === 0 || flag(options, "yes")) return;
  const lost = held.filter((key) => !Object.hasOwn(rebuilt.inventory, key));
  const loses = lost.length === 0 ? "" : `; it would forget ${lost.join(", ")}`;
  const what = `there is a good state with ${counted(held.length)}${loses}`;
  if (!io.interactive) {
    throw new AppError("usage", `${what}: nothing was written`, {
      hint: "run bellhop state rebuild --yes to replace it",
      exitCode: ExitCode.usage,
    });
  }
  const answer = await io.ask(`${what}.\nReplace it? Only "yes" is accepted: `);
  if (answer.trim() !== "yes") throw new AppError("not-confirmed", "not confirmed: nothing was written");
}

function print(io: Io, options: Options, rebuilt: Rebuilt): void {
  const { inventory, missing, ambiguous, undeclared } = rebuilt;
  const found = Object.values(inventory).map(({ key, kind, target, remoteId }) => ({
    key,
    kind,
    target,
    remoteId,
  }));
  if (options["format"] === "json") {
    io.out(`${JSON.stringify({ found, missing, ambiguous, undeclared }, null, 2)}\n`);
    return;
  }
  for (const { key, kind, target, remoteId } of found) io.out(`${key}: ${kind} ${remoteId} in ${target}\n`);
  for (const key of missing) io.out(`${key}: not found; apply will create it\n`);
  for (const { key, remoteIds } of ambiguous) {
    io.out(`${key}: ambiguous, left out: ${remoteIds.join(", ")}; name one with manage: { adopt: … }\n`);
  }
  for (const { key, target, remoteId } of undeclared) {
    io.out(`${key}: not declared, left alone: ${remoteId} in ${target}\n`);
  }
  io.out(`The state has ${counted(found.length)}.\n`);
}

const counted = (count: number): string => `${count} ${count === 1 ? "integration" : "integrations"}`;

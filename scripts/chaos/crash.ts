/**
 * One crash: the real command line is ended at a point of its apply, and one more apply must put everything right. The state, the
 * store and the four APIs start the same each time.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startEmulator } from "../../src/emulator/server.ts";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { emulators } from "../../src/generated/registry.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import { openState } from "../../src/app/state.ts";
import type { StateData } from "../../src/state/contract.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { runCli } from "../../test/support/cli.ts";
import { startGateway } from "./gateway.ts";
import type { Gateway } from "./gateway.ts";
import { CHANGES, declared, projectFile } from "./project.ts";
import { startStateServer } from "./state-server.ts";
import type { ChaosStateServer } from "./state-server.ts";

const root = path.join(import.meta.dirname, "../..");
const cli = path.join(root, "dist/cli.js");
const hook = path.join(import.meta.dirname, "kill-hook.mjs");
const PATIENCE_MS = 60_000;

/** `lost`: the process lives on, and one answer does not reach it. */
export type Point =
  | { readonly type: "file"; readonly at: number }
  | { readonly type: "before" | "after" | "lost"; readonly at: number };

export interface Crash {
  /**
   * Whether the point was reached: how many steps are made of what is asked for at the same time depends on timing, and some
   * applies are over before the last points.
   */
  readonly reached: boolean;
  /** What is wrong after one more apply; nothing, when all is well. */
  readonly wrong: readonly string[];
}

export interface Ground {
  /** Every point at which an apply can be ended. */
  readonly points: readonly Point[];
  crashAt(point: Point): Promise<Crash>;
  close(): Promise<void>;
}

export type StateSide = "file" | "http";

interface Snapshot {
  readonly folder: string;
  readonly side: StateSide;
  /** What the state server has. */
  readonly state: string;
  readonly records: readonly StoreRecord[];
}

interface Place {
  readonly folder: string;
  readonly store: Store;
  /** Before the emulator and the state server. */
  readonly gateway: Gateway;
  readonly stateServer: ChaosStateServer;
  /** URL of the state; undefined for a file. */
  readonly stateUrl: string | undefined;
  close(): Promise<void>;
}

/** Applies the first file, and counts the points of applying the second. */
export async function prepareGround(side: StateSide): Promise<Ground> {
  if (!existsSync(cli)) throw new Error("dist/ is missing: run npm run build first");
  const base = await mkdtemp(path.join(tmpdir(), "bellhop-chaos-"));
  const snapshot = await makeSnapshot(path.join(base, "snapshot"), side);
  const place = await makePlace(base, "count", side, snapshot);
  const counted = path.join(base, "points");
  place.gateway.arm(undefined);
  const { code, output } = await run(place, { CHAOS_COUNT: counted });
  const requests = place.gateway.requests();
  const wrong = [...(code === 0 ? [] : [`exit code ${code}: ${output}`]), ...(await inspect(place))];
  await place.close();
  const made = [...output.matchAll(/^✓/gm)].length;
  if (made !== CHANGES) wrong.push(`${made} changes were made, not ${CHANGES}`);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const files = Number(await readFile(counted, "utf8"));
  const points: Point[] = Array.from({ length: files }, (_, at) => ({ type: "file", at }));
  for (const type of ["before", "after", "lost"] as const) {
    for (let at = 0; at < requests; at += 1) points.push({ type, at });
  }
  let runs = 0;
  return {
    points,
    crashAt: (point) => crashAt(base, `run-${(runs += 1)}`, snapshot, point),
    close: () => rm(base, { recursive: true, force: true }),
  };
}

async function makeSnapshot(folder: string, side: StateSide): Promise<Snapshot> {
  const place = await makePlace(folder, ".", side, undefined);
  await declare(place, "first");
  const { code, err } = await runCli(["apply", "--yes"], { cwd: place.folder });
  if (code !== 0) throw new Error(`the first apply failed: ${err}`);
  const records = await place.store.read();
  await place.close();
  return { folder: place.folder, side, state: place.stateServer.body, records };
}

async function makePlace(
  base: string,
  name: string,
  side: StateSide,
  snapshot: Snapshot | undefined,
): Promise<Place> {
  const folder = path.join(base, name);
  await mkdir(folder, { recursive: true });
  if (snapshot !== undefined) await cp(snapshot.folder, folder, { recursive: true });
  const store = openMemoryStore(snapshot?.records);
  const emulator = await startEmulator({
    listen: "127.0.0.1:0",
    emulators,
    kinds: kindSpecs,
    store,
    rateLimits: "off",
  });
  const stateServer = await startStateServer(snapshot?.state ?? "");
  const gateway = await startGateway(emulator.url, stateServer.url);
  return {
    folder,
    store,
    gateway,
    stateServer,
    stateUrl: side === "http" ? `${gateway.url}/state` : undefined,
    close: async () => {
      await gateway.close();
      await emulator.close();
      await stateServer.close();
    },
  };
}

const declare = ({ folder, gateway, stateUrl }: Place, which: "first" | "second"): Promise<void> =>
  writeFile(path.join(folder, "notifications.yaml"), projectFile(which, gateway.url, stateUrl));

async function crashAt(base: string, name: string, snapshot: Snapshot, point: Point): Promise<Crash> {
  const place = await makePlace(base, name, snapshot.side, snapshot);
  let child: ChildProcess | undefined;
  let struck = false;
  place.gateway.arm({
    request: point.type === "file" ? -1 : point.at,
    when: point.type === "before" ? "before" : "after",
    action: () => {
      struck = true;
      if (point.type !== "lost") child?.kill("SIGKILL");
    },
  });
  try {
    const extra: Record<string, string> = point.type === "file" ? { CHAOS_AT: String(point.at) } : {};
    const { code, output } = await run(place, extra, (started) => (child = started));
    const killed = code === undefined;
    // What nothing happened to must have worked; a lost answer may fail one change.
    const calm = !killed && !struck;
    place.gateway.arm(undefined);
    const wrong = calm && code !== 0 ? [`undisturbed, it exits ${code}: ${output.slice(-500)}`] : [];
    return { reached: killed || struck, wrong: [...wrong, ...(await converge(place))] };
  } finally {
    await place.close();
    await rm(place.folder, { recursive: true, force: true });
  }
}

/** One more apply, without anything in the way. */
async function converge(place: Place): Promise<readonly string[]> {
  await declare(place, "second");
  const { code, err, out } = await runCli(["apply", "--yes"], { cwd: place.folder });
  return [
    ...(code === 0 ? [] : [`the next apply exits ${code}: ${err}${out.slice(-500)}`]),
    ...(await inspect(place)),
  ];
}

/** What is not as the second file says. */
async function inspect(place: Place): Promise<readonly string[]> {
  const { folder, store, stateServer } = place;
  const wrong: string[] = [];
  const state = await readState(place);
  const inventory = Object.values(state?.inventory ?? {});
  const house = JSON.parse(await readFile(path.join(folder, ".bellhop/store.json"), "utf8")) as {
    records: StoreRecord[];
  };
  const there = [...(await store.read()), ...house.records].map(({ kind, id }) => `${kind} ${id}`);
  const expect = (what: string, found: readonly string[], wanted: readonly string[]): void => {
    const [left, right] = [found.toSorted().join("\n"), wanted.toSorted().join("\n")];
    if (left !== right) wrong.push(`${what}:\n${left}\nshould be:\n${right}`);
  };
  expect(
    "the inventory",
    inventory.map(({ key, kind }) => `${key} ${kind}`),
    declared().map(({ key, kind }) => `${key} ${kind}`),
  );
  expect(
    "what is there",
    there,
    inventory.map(({ kind, remoteId }) => `${kind} ${remoteId}`),
  );
  if ((state?.pending ?? []).length > 0) wrong.push("there are open calls");
  await declare(place, "second");
  const { code, out, err } = await runCli(["plan", "--exit-code"], { cwd: folder });
  if (code !== 0) wrong.push(`the plan afterwards exits ${code}: ${err}${out.slice(0, 1500)}`);
  const left = (await readdir(path.join(folder, ".bellhop"))).filter((name) =>
    /^state\.json\.(lock|journal)/.test(name),
  );
  if (left.length > 0) wrong.push(`left behind: ${left.join(", ")}`);
  if (stateServer.lock !== undefined) wrong.push("left behind: the lock of the state server");
  return wrong;
}

async function readState({ folder, stateUrl }: Place): Promise<StateData | undefined> {
  const state = openState(stateUrl ?? path.join(folder, ".bellhop/state.json"));
  try {
    return await state.read();
  } finally {
    await state.close();
  }
}

/** Applies the second file with the real command line. `code` is undefined when it was killed. */
async function run(
  place: Place,
  extra: Readonly<Record<string, string>>,
  started: (child: ChildProcess) => void = () => undefined,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  await declare(place, "second");
  const child = spawn(process.execPath, ["--import", hook, cli, "apply", "--yes"], {
    cwd: place.folder,
    env: { PATH: process.env["PATH"], CHAOS_FOLDER: path.join(place.folder, ".bellhop"), ...extra },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE_MS,
  });
  started(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code: code ?? undefined, output };
}

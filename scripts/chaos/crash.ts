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
import { openFileState } from "../../src/state/file.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { runCli } from "../../test/support/cli.ts";
import { startGateway } from "./gateway.ts";
import type { Gateway } from "./gateway.ts";
import { CHANGES, declared, projectFile } from "./project.ts";

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

interface Snapshot {
  readonly folder: string;
  readonly records: readonly StoreRecord[];
}

interface Place {
  readonly folder: string;
  readonly store: Store;
  readonly emulatorUrl: string;
  close(): Promise<void>;
}

/** Applies the first file, and counts the points of applying the second. */
export async function prepareGround(): Promise<Ground> {
  if (!existsSync(cli)) throw new Error("dist/ is missing: run npm run build first");
  const base = await mkdtemp(path.join(tmpdir(), "bellhop-chaos-"));
  const snapshot = await makeSnapshot(path.join(base, "snapshot"));
  const place = await makePlace(base, "count", snapshot);
  const gateway = await startGateway(place.emulatorUrl);
  const counted = path.join(base, "points");
  const { code, output } = await run(place, gateway, { CHAOS_COUNT: counted });
  const requests = gateway.requests();
  await gateway.close();
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

async function makeSnapshot(folder: string): Promise<Snapshot> {
  const place = await makePlace(folder, ".", undefined);
  await writeFile(path.join(place.folder, "notifications.yaml"), projectFile("first", place.emulatorUrl));
  const { code, err } = await runCli(["apply", "--yes"], { cwd: place.folder });
  if (code !== 0) throw new Error(`the first apply failed: ${err}`);
  const records = await place.store.read();
  await place.close();
  return { folder: place.folder, records };
}

async function makePlace(base: string, name: string, snapshot: Snapshot | undefined): Promise<Place> {
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
  return { folder, store, emulatorUrl: emulator.url, close: () => emulator.close() };
}

async function crashAt(base: string, name: string, snapshot: Snapshot, point: Point): Promise<Crash> {
  const place = await makePlace(base, name, snapshot);
  let child: ChildProcess | undefined;
  let struck = false;
  const gateway = await startGateway(place.emulatorUrl, {
    request: point.type === "file" ? -1 : point.at,
    when: point.type === "before" ? "before" : "after",
    action: () => {
      struck = true;
      if (point.type !== "lost") child?.kill("SIGKILL");
    },
  });
  try {
    const extra: Record<string, string> = point.type === "file" ? { CHAOS_AT: String(point.at) } : {};
    const { code, output } = await run(place, gateway, extra, (started) => (child = started));
    const killed = code === undefined;
    // What nothing happened to must have worked; a lost answer may fail one change.
    const calm = !killed && !struck;
    const wrong = calm && code !== 0 ? [`undisturbed, it exits ${code}: ${output.slice(-500)}`] : [];
    return { reached: killed || struck, wrong: [...wrong, ...(await converge(place))] };
  } finally {
    await gateway.close();
    await place.close();
    await rm(place.folder, { recursive: true, force: true });
  }
}

/** One more apply, without anything in the way. */
async function converge(place: Place): Promise<readonly string[]> {
  await writeFile(path.join(place.folder, "notifications.yaml"), projectFile("second", place.emulatorUrl));
  const { code, err, out } = await runCli(["apply", "--yes"], { cwd: place.folder });
  return [
    ...(code === 0 ? [] : [`the next apply exits ${code}: ${err}${out.slice(-500)}`]),
    ...(await inspect(place)),
  ];
}

/** What is not as the second file says. */
async function inspect({ folder, store, emulatorUrl }: Place): Promise<readonly string[]> {
  const wrong: string[] = [];
  const state = await openFileState(path.join(folder, ".bellhop/state.json")).read();
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
  await writeFile(path.join(folder, "notifications.yaml"), projectFile("second", emulatorUrl));
  const { code, out, err } = await runCli(["plan", "--exit-code"], { cwd: folder });
  if (code !== 0) wrong.push(`the plan afterwards exits ${code}: ${err}${out.slice(0, 1500)}`);
  const left = (await readdir(path.join(folder, ".bellhop"))).filter((name) =>
    /^state\.json\.(lock|journal)/.test(name),
  );
  if (left.length > 0) wrong.push(`left behind: ${left.join(", ")}`);
  return wrong;
}

/** Applies the second file with the real command line. `code` is undefined when it was killed. */
async function run(
  place: Place,
  gateway: Gateway,
  extra: Readonly<Record<string, string>>,
  started: (child: ChildProcess) => void = () => undefined,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  await writeFile(path.join(place.folder, "notifications.yaml"), projectFile("second", gateway.url));
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

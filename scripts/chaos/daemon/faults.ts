/** Makes the disk fail under a running daemon, where the system lets us. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export type FaultName = "enospc" | "fsync";

export interface Fault {
  readonly name: FaultName;
  on(): void;
  off(): void;
}

export interface Faults {
  readonly all: readonly Fault[];
  /** For the daemon's process. */
  readonly env: Readonly<Record<string, string>>;
  /** How it is done, or why it is not, for people. */
  readonly notes: readonly string[];
  /** What lay on a mounted file system is in the folder `data` then. */
  close(): void;
}

const ROOMY = "4g";

/** A full disk is a real one where a small file system may be mounted; everything else is a shim between the daemon and libc. */
export function openFaults(wanted: readonly FaultName[], folder: string): Faults {
  const all: Fault[] = [];
  const notes: string[] = [];
  const data = path.join(folder, ".bellhop");
  mkdirSync(data, { recursive: true });
  const shim = wanted.length > 0 ? buildShim(folder) : undefined;
  const mounted = wanted.includes("enospc") && mountSmall(data);
  for (const name of wanted) {
    if (name === "enospc" && mounted) {
      all.push(smallDisk(data));
      notes.push("enospc: a mounted tmpfs");
    } else if (shim === undefined) notes.push(`${name}: not possible here, it takes gcc`);
    else {
      all.push(byShim(name, folder));
      notes.push(`${name}: a shim`);
    }
  }
  return {
    all,
    env: shim === undefined ? {} : { LD_PRELOAD: shim, CHAOS_FAULTS: folder },
    notes,
    close: () => {
      if (!mounted) return;
      // What lies there would go with it.
      const copy = path.join(folder, "data");
      cpSync(data, copy, { recursive: true });
      execFileSync("umount", ["-l", data]);
    },
  };
}

function quietly(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

const mountSmall = (folder: string): boolean =>
  process.platform === "linux" &&
  quietly(() =>
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${ROOMY},mode=700`, "tmpfs", folder], {
      stdio: "ignore",
    }),
  );

/** A size below what is used is refused, and what is used grows meanwhile. */
const TRIES = 50;

/** The file system shrinks to what is in it: nothing new fits. */
function smallDisk(folder: string): Fault {
  const resize = (size: string): void =>
    void execFileSync("mount", ["-o", `remount,size=${size}`, folder], { stdio: "ignore" });
  const used = (): string =>
    `${/(\d+)\s*$/.exec(execFileSync("df", ["--output=used", "-k", folder], { encoding: "utf8" }))?.[1] ?? "0"}k`;
  const shrink = (): void => {
    for (let tries = 1; tries < TRIES; tries += 1) if (quietly(() => resize(used()))) return;
    resize(used());
  };
  return { name: "enospc", on: shrink, off: () => resize(ROOMY) };
}

/** The shim fails for as long as a file with the fault's name exists. */
function byShim(name: FaultName, folder: string): Fault {
  const flag = path.join(folder, name);
  return { name, on: () => writeFileSync(flag, ""), off: () => rmSync(flag, { force: true }) };
}

function buildShim(folder: string): string | undefined {
  const source = path.join(import.meta.dirname, "fault-shim.c");
  const library = path.join(folder, "fault-shim.so");
  quietly(() =>
    execFileSync("gcc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], { stdio: "ignore" }),
  );
  return existsSync(library) ? library : undefined;
}

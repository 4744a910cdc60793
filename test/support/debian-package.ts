/**
 * Programs that tests need and that are no npm packages: taken from the PATH, or else unpacked from Debian's package into a folder
 * below node_modules/.cache, with nothing installed.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

export interface Found {
  readonly path: string;
  /** What to start it with: it finds libraries that were unpacked with it. */
  readonly env: NodeJS.ProcessEnv;
}

export type Program = Found | { readonly missing: string };

const run = promisify(execFile);
const CACHE = path.join(import.meta.dirname, "../../node_modules/.cache/bellhop-debian");
const FOLDERS = ["usr/bin", "usr/sbin", "bin", "sbin", "usr/games"];
const FETCH_MS = 120_000;

/** `packages` are the one that has the program, and those with libraries that a bare system lacks. */
export async function findProgram(name: string, packages: readonly string[]): Promise<Program> {
  const onPath = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"].map((folder) =>
    path.join(folder, name),
  );
  for (const candidate of onPath)
    if (await isExecutable(candidate)) return { path: candidate, env: process.env };
  const unpacked = path.join(CACHE, packages.join("+"));
  try {
    if (!existsSync(unpacked)) await fetchInto(unpacked, packages);
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { missing: `${name} is not installed, and Debian's package cannot be had: ${reason}` };
  }
  for (const folder of FOLDERS) {
    const candidate = path.join(unpacked, folder, name);
    if (await isExecutable(candidate)) return { path: candidate, env: await environmentOf(unpacked) };
  }
  return { missing: `${name} is in none of Debian's packages ${packages.join(", ")}` };
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Unpacked as a whole or not at all, whoever else does the same. */
async function fetchInto(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(path.join(CACHE, "fetching-"));
  try {
    await run("apt-get", ["download", ...packages], { cwd: work, timeout: FETCH_MS });
    const archives = (await readdir(work)).filter((file) => file.endsWith(".deb"));
    const root = path.join(work, "root");
    for (const archive of archives)
      await run("dpkg", ["-x", path.join(work, archive), root], { timeout: FETCH_MS });
    await rename(root, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function environmentOf(root: string): Promise<NodeJS.ProcessEnv> {
  const libraries = ["usr/lib", "lib"].map((folder) => path.join(root, folder)).filter(existsSync);
  const below = await Promise.all(
    libraries.map(async (folder) => [
      folder,
      ...(await readdir(folder)).map((name) => path.join(folder, name)),
    ]),
  );
  return { ...process.env, LD_LIBRARY_PATH: below.flat().join(":") };
}

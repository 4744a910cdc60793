/** Finds a file again by what was read of it. */
import { stat } from "node:fs/promises";
import { idOf, type OpenFile, openFile, type Position, type Progress, progressIn } from "./identity.ts";

/** The first of these paths that holds what the position says, opened. Only files that `allowed` says yes to are read. */
export async function findAgain(
  position: Position,
  paths: Iterable<string>,
  allowed: (file: Pick<OpenFile, "id" | "inode">) => boolean,
): Promise<{ file: OpenFile; progress: Progress } | undefined> {
  for (const path of new Set(paths)) {
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (stats === undefined || !stats.isFile() || Number(stats.size) < position.offset) continue;
    if (!allowed({ id: idOf(stats), inode: String(stats.ino) })) continue;
    const file = await openFile(path);
    const progress = file && allowed(file) ? await progressIn(file, position) : undefined;
    if (file !== undefined && progress !== undefined) return { file, progress };
    await file?.handle.close();
  }
  return undefined;
}

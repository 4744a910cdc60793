/** Finds a file again by what was read of it. */
import { stat } from "node:fs/promises";
import {
  type FileId,
  fileIdOf,
  type OpenFile,
  openFile,
  openGzip,
  type Position,
  type Progress,
  progressIn,
} from "./identity.ts";
import { isGzip } from "./rotated.ts";

export interface Again {
  readonly file: OpenFile;
  readonly progress: Progress;
}

type Allowed = (file: FileId) => boolean;

/** The first of these paths that holds what the position says, opened. Only files that `allowed` says yes to are read. */
export async function findAgain(
  position: Position,
  paths: Iterable<string>,
  allowed: Allowed,
): Promise<Again | undefined> {
  for (const path of new Set(paths)) {
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    const packed = isGzip(path);
    if (stats === undefined || !stats.isFile() || (!packed && Number(stats.size) < position.offset)) continue;
    if (!allowed(fileIdOf(stats))) continue;
    const opening = packed ? openGzip(path, position) : openFile(path);
    const file = await opening.catch(() => undefined);
    const progress = file && allowed(file) ? await progressIn(file, position) : undefined;
    if (file !== undefined && progress !== undefined) return { file, progress };
    await file?.bytes.close();
  }
  return undefined;
}

/**
 * Loaded into a bellhop process before anything else (`node --import`): counts every step that changes a file below CHAOS_FOLDER and
 * ends the process, as SIGKILL does, at step CHAOS_AT. Every step has a point before it and one after it, and every write
 * one with half of the bytes written. With CHAOS_COUNT the number of points is written into that file at the end.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";

const folder = path.resolve(process.env.CHAOS_FOLDER ?? "");
const at = Number(process.env.CHAOS_AT ?? -1);
const inside = (file) => typeof file === "string" && path.resolve(file).startsWith(folder + path.sep);
let points = 0;

function point() {
  if (points === at) process.kill(process.pid, "SIGKILL");
  points += 1;
}

async function step(action, half) {
  point();
  if (half !== undefined) {
    if (points === at) await half();
    point();
  }
  const result = await action();
  point();
  return result;
}

const real = { ...fs.promises };
fs.promises.rename = (from, to) => (inside(to) ? step(() => real.rename(from, to)) : real.rename(from, to));
fs.promises.rm = (file, options) =>
  inside(file) ? step(() => real.rm(file, options)) : real.rm(file, options);
fs.promises.open = async (file, flags, mode) => {
  const writes = typeof flags === "string" && /[wa]/.test(flags);
  if (!writes || !inside(file)) return real.open(file, flags, mode);
  const handle = await step(() => real.open(file, flags, mode));
  const { write, writeFile, sync, datasync } = handle;
  handle.writeFile = (text) =>
    step(
      () => writeFile.call(handle, text),
      () => writeFile.call(handle, Buffer.from(text).subarray(0, Buffer.byteLength(text) / 2)),
    );
  handle.write = (bytes, offset, length, position) =>
    step(
      () => write.call(handle, bytes, offset, length, position),
      () => write.call(handle, bytes, offset, Math.floor(length / 2), position),
    );
  handle.sync = () => step(() => sync.call(handle));
  handle.datasync = () => step(() => datasync.call(handle));
  return handle;
};
syncBuiltinESMExports();

if (process.env.CHAOS_COUNT !== undefined) {
  process.on("exit", () => fs.writeFileSync(process.env.CHAOS_COUNT, String(points)));
}

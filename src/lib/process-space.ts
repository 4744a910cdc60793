/** Whether a process that another one wrote down still runs, where that can be told at all. */
import { readFileSync, readlinkSync } from "node:fs";
import { kill } from "node:process";
import { isErrno } from "./atomic-file.ts";

/**
 * Names what a process id is counted in: this boot of this machine and, within it, the container. Two processes with the same
 * name see each other's ids. Undefined where the system does not tell (anything but Linux).
 */
export function processSpace(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const container = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
    return container === undefined ? undefined : `${boot}/${container}`;
  } catch {
    return undefined;
  }
}

/** Whether a process with this id runs here, whoever's it is. */
export function isAlive(id: number): boolean {
  try {
    return kill(id, 0);
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}

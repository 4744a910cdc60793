/** The configuration in force, over real files that change. */
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openConfiguration } from "../../src/app/configuration.ts";
import type { Configuration } from "../../src/app/configuration.ts";
import type { Difference } from "../../src/app/difference.ts";
import { createLog } from "../../src/lib/log.ts";
import { AppError } from "../../src/model/errors.ts";
import { reveal } from "../../src/model/secret.ts";
import { tempDir } from "../support/temp.ts";
import { loadFrom, writeConfig } from "./support.ts";
import type { Parts } from "./support.ts";

interface Opened {
  readonly folder: string;
  readonly configuration: Configuration;
  readonly taken: Difference[];
  readonly write: (parts: Parts) => Promise<string>;
  readonly logged: (level: string) => readonly { readonly msg: string; readonly reason?: string }[];
}

async function open(
  parts: Parts,
  apply: (found: Difference) => Promise<void> = async () => {},
): Promise<Opened> {
  const folder = await tempDir();
  await writeConfig(folder, parts);
  const readAt = Date.now();
  const { config, inputs } = await loadFrom(folder);
  if (config === undefined) throw new Error("the configuration is wrong");
  const lines: string[] = [];
  const taken: Difference[] = [];
  let time = 1_000_000;
  const configuration = openConfiguration({
    first: { config, inputs, readAt },
    load: () => loadFrom(folder),
    log: createLog({ level: "debug", pretty: false, write: (line) => void lines.push(line) }),
    now: () => (time += 1000),
    apply: ({ difference }) => apply(difference),
    inForce: (difference) => void taken.push(difference),
  });
  onTestFinished(() => configuration.stop());
  return {
    folder,
    configuration,
    taken,
    write: (changed) => writeConfig(folder, changed),
    logged: (level) =>
      lines
        .map((line) => JSON.parse(line) as { level: string; msg: string; reason?: string })
        .filter((line) => line.level === level),
  };
}

test("a good file is taken up", async () => {
  const { configuration, taken, write, logged } = await open({});
  await write({ daemon: "egress: { allow: [10.0.0.0/8] }" });
  await configuration.reload();
  expect(configuration.current().daemon.egress.allow).toEqual(["10.0.0.0/8"]);
  expect(taken).toEqual([expect.objectContaining({ settings: ["egress"] })]);
  expect(logged("info")).toEqual([
    expect.objectContaining({ msg: "configuration loaded", settings: ["egress"] }),
  ]);
});

test("what changes nothing is not told", async () => {
  const { configuration, taken, logged } = await open({});
  await configuration.reload();
  await configuration.reload();
  expect(taken).toEqual([]);
  expect(logged("info")).toEqual([]);
});

test("a broken file is told once for each way in which it is broken, with its place, and nothing else changes", async () => {
  const { configuration, write, logged } = await open({ daemon: "listen: 127.0.0.1:1" });
  const { digest, loadedAt } = configuration.status();
  await write({ daemon: "listen: nowhere" });
  await configuration.reload();
  await configuration.reload();
  expect(configuration.current().daemon.listen).toBe("127.0.0.1:1");
  const message = "notifications.yaml:4:19: listen must be an address and a port from 0 to 65535";
  expect(logged("error").map(({ reason }) => reason)).toEqual([message]);
  const { error, ...status } = configuration.status();
  expect(error?.message).toBe(message);
  expect(error?.at).toBeGreaterThan(error?.since ?? 0);
  expect(status).toMatchObject({ digest, loadedAt });
  await write({ daemon: "listen: 1, token: [x]" });
  await configuration.reload();
  expect(logged("error").map(({ reason }) => reason?.slice(-12))).toEqual([
    message.slice(-12),
    "(and 1 more)",
  ]);
  await write({ daemon: "listen: 127.0.0.1:1" });
  await configuration.reload();
  expect(configuration.status().error).toBeUndefined();
  expect(logged("info").map(({ msg }) => msg)).toEqual(["the configuration is right again"]);
});

test("what was in force is taken up again in full after something that failed in the middle", async () => {
  const applied: Difference[] = [];
  let fails = true;
  const { configuration, write } = await open({}, async (found) => {
    applied.push(found);
    if (fails) throw new AppError("outbox-unavailable", "the disk is full");
  });
  await write({ daemon: "sources: [stdin]" });
  await configuration.reload();
  await write({});
  await configuration.reload();
  expect(configuration.status().error?.message).toBe("the disk is full");
  fails = false;
  await configuration.reload();
  await configuration.reload();
  expect(applied.map(({ stores, settings }) => [stores, settings.length])).toEqual([
    [false, 0],
    [true, 5],
    [true, 5],
  ]);
  expect(configuration.status().error).toBeUndefined();
});

test("what cannot be taken up is as good as a broken file", async () => {
  let fails = true;
  const { configuration, write, logged } = await open({}, () =>
    fails ? Promise.reject(new AppError("store-unreadable", "the store is gone")) : Promise.resolve(),
  );
  const before = configuration.current();
  await write({ targets: "house: { provider: bellhop, store: b.json }" });
  await configuration.reload();
  expect(configuration.current()).toBe(before);
  expect(configuration.status().error?.message).toBe("the store is gone");
  fails = false;
  await configuration.reload();
  expect(configuration.current()).not.toBe(before);
  expect(logged("error")).toHaveLength(1);
});

test("what needs a restart is told once, until it is taken back", async () => {
  const { configuration, write, logged } = await open({ daemon: "listen: 127.0.0.1:1" });
  await write({ daemon: "listen: 127.0.0.1:2, database: other.db" });
  await configuration.reload();
  await configuration.reload();
  expect(configuration.status().restart).toEqual(["daemon.listen", "daemon.database"]);
  expect(logged("warn")).toHaveLength(1);
  await write({ daemon: "listen: 127.0.0.1:1" });
  await configuration.reload();
  expect(configuration.status().restart).toEqual([]);
});

test("files are watched, the text of a secret too", async () => {
  const { folder, configuration, write } = await open({});
  configuration.watch();
  await writeFile(path.join(folder, "secret"), "one\n");
  await write({ daemon: 'token: "${file:secret}"' });
  const token = (): string => {
    const { token: secret } = configuration.current().daemon;
    return secret === undefined ? "" : reveal(secret);
  };
  await expect.poll(token, { timeout: 10_000 }).toBe("one");
  await writeFile(path.join(folder, "next"), "two\n");
  await rename(path.join(folder, "next"), path.join(folder, "secret"));
  await expect.poll(token, { timeout: 10_000 }).toBe("two");
});

test("a broken file that is mended is noticed without being asked", async () => {
  const { configuration, write } = await open({});
  configuration.watch();
  await write({ daemon: "egress: { allow: [nowhere] }" });
  await expect
    .poll(() => configuration.status().error?.message, { timeout: 10_000 })
    .toContain("allow takes");
  await write({ daemon: "egress: { allow: [10.0.0.0/8] }" });
  await expect.poll(() => configuration.status().error, { timeout: 10_000 }).toBeUndefined();
  expect(configuration.current().daemon.egress.allow).toEqual(["10.0.0.0/8"]);
});

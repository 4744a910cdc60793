/** A target in memory that keeps no keys, as an API does, and can be told to fail. Passes test/conformance/target.ts. */
import { AppError } from "../../src/model/errors.ts";
import type { Kind } from "../../src/model/field.ts";
import type { Observed } from "../../src/model/plan.ts";
import type { Target } from "../../src/model/target.ts";

export interface MemoryTarget extends Target {
  readonly objects: Map<string, Observed>;
  /** `op remoteId-or-key`, in the order of the calls. */
  readonly calls: string[];
  /** The most mutations that were under way at once. */
  readonly peak: () => number;
}

export interface MemoryTargetOptions {
  readonly objects?: readonly Observed[];
  readonly parallelism?: number;
  /** Fields that it never gives back. */
  readonly writeOnly?: readonly string[];
  /** Throws where a call is to fail. */
  readonly fault?: (op: string, name: string) => void;
}

export function memoryTarget(options: MemoryTargetOptions = {}): MemoryTarget {
  const { writeOnly = [], fault } = options;
  const objects = new Map(
    (options.objects ?? []).map((object) => [`${object.kind} ${object.remoteId}`, object]),
  );
  const calls: string[] = [];
  let made = objects.size;
  let running = 0;
  let peak = 0;
  const mutation = async <T>(op: string, name: string, action: () => T): Promise<T> => {
    calls.push(`${op} ${name}`);
    running += 1;
    peak = Math.max(peak, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    fault?.(op, name);
    return action();
  };
  const visible = (object: Observed): Observed => ({
    ...object,
    fields: Object.fromEntries(Object.entries(object.fields).filter(([name]) => !writeOnly.includes(name))),
  });
  const put = (kind: Kind, remoteId: string, fields: Observed["fields"]): Observed => {
    const object = { kind, remoteId, fields };
    objects.set(`${kind} ${remoteId}`, object);
    return visible(object);
  };
  return {
    parallelism: options.parallelism ?? 4,
    objects,
    calls,
    peak: () => peak,
    list: (kinds) =>
      Promise.resolve([...objects.values()].filter(({ kind }) => kinds.includes(kind)).map(visible)),
    read: (kind, remoteId) => {
      const found = objects.get(`${kind} ${remoteId}`);
      return Promise.resolve(found && visible(found));
    },
    create: (kind, spec, owner) => mutation("create", owner.key, () => put(kind, `id-${(made += 1)}`, spec)),
    update: (kind, remoteId, spec) =>
      mutation("update", remoteId, () => {
        if (!objects.has(`${kind} ${remoteId}`)) throw new AppError("not-found", `${remoteId} is gone`);
        return put(kind, remoteId, spec);
      }),
    remove: (kind, remoteId) =>
      mutation("remove", remoteId, () => void objects.delete(`${kind} ${remoteId}`)),
    close: () => Promise.resolve(),
  };
}

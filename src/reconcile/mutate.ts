/** One change against its target, and into the inventory. */
import { AppError } from "../model/errors.ts";
import type { Target } from "../model/target.ts";
import { hasUnresolved } from "../model/value.ts";
import type { Fields } from "../model/value.ts";
import type { Step } from "./input.ts";
import type { Recorder } from "./recorder.ts";

/** Answers with the remote id of the object that the integration then is; undefined when there is none. Throws what the target throws. */
export async function mutate(target: Target, step: Step, recorder: Recorder): Promise<string | undefined> {
  const { change } = step;
  const { op, key, kind, remoteId } = change;
  switch (op) {
    case "create":
      return create(target, step, recorder);
    case "replace": {
      await target.remove(kind, expectId(remoteId));
      recorder.drop(key, kind, change.target, remoteId);
      return create(target, step, recorder);
    }
    case "update":
    case "adopt": {
      const id = expectId(remoteId);
      const object =
        step.spec === undefined ? await target.read(kind, id) : await update(target, step, id, recorder);
      if (object === undefined) throw new AppError("not-found", `${kind} ${id} is gone`);
      recorder.put(key, object);
      return object.remoteId;
    }
    case "delete":
      await target.remove(kind, expectId(remoteId));
      recorder.drop(key, kind, change.target, remoteId);
      return undefined;
    case "forget":
      recorder.drop(key, kind, change.target, remoteId);
      return undefined;
  }
}

async function create(target: Target, step: Step, recorder: Recorder): Promise<string> {
  const { key, kind } = step.change;
  const { confirm } = recorder.desired(key).manage;
  const object = await target.create(kind, sendable(step, recorder), { key, confirm });
  recorder.put(key, object);
  return object.remoteId;
}

function update(target: Target, step: Step, id: string, recorder: Recorder): ReturnType<Target["update"]> {
  const { key, kind } = step.change;
  const { confirm } = recorder.desired(key).manage;
  return target.update(kind, id, sendable(step, recorder), { key, confirm });
}

function sendable(step: Step, recorder: Recorder): Fields {
  if (step.spec === undefined) throw new Error("there is nothing to send");
  const spec = recorder.sendable(step.change.kind, step.spec);
  if (!hasUnresolved(spec)) return spec;
  throw new AppError("config-invalid", "a value is missing, and what is incomplete is not sent", {
    hint: "set the variables that the plan shows as not yet known",
  });
}

function expectId(remoteId: string | undefined): string {
  if (remoteId === undefined) throw new Error("the change names no object");
  return remoteId;
}

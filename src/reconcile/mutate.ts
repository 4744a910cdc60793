/** One change against its target, and into the inventory. */
import { AppError } from "../model/errors.ts";
import type { Target } from "../model/target.ts";
import { hasUnresolved } from "../model/value.ts";
import type { Fields } from "../model/value.ts";
import type { Step } from "./input.ts";
import type { Intended, Recorder } from "./recorder.ts";

/**
 * Answers with the remote id of the object that the integration then is; undefined when there is none. Throws what the target
 * throws. `onHalf` is called when the old object of a replacement is deleted and the new one is still to be made.
 */
export async function mutate(
  target: Target,
  step: Step,
  recorder: Recorder,
  onHalf: () => void,
): Promise<string | undefined> {
  const { change } = step;
  switch (change.op) {
    case "create":
      return create(target, step, recorder);
    case "replace":
      await remove(target, step, recorder);
      onHalf();
      return create(target, step, recorder);
    case "update":
    case "adopt":
      return step.spec === undefined ? takeAsIs(target, step, recorder) : update(target, step, recorder);
    case "delete":
      await remove(target, step, recorder);
      return undefined;
    case "forget":
      recorder.drop(change);
      return undefined;
  }
}

async function create(target: Target, step: Step, recorder: Recorder): Promise<string> {
  const { key, kind } = step.change;
  const { confirm } = recorder.desired(key).manage;
  const spec = sendable(step, recorder);
  const call = await recorder.intend("create", step.change);
  const object = await outcome(call, target.create(kind, spec, { key, confirm, project: recorder.project }));
  call.done(object);
  return object.remoteId;
}

async function update(target: Target, step: Step, recorder: Recorder): Promise<string> {
  const { key, kind, remoteId } = step.change;
  const { confirm } = recorder.desired(key).manage;
  const spec = sendable(step, recorder);
  const owner = { key, confirm, project: recorder.project };
  const call = await recorder.intend("update", step.change);
  const object = await outcome(call, target.update(kind, expectId(remoteId), spec, owner));
  call.done(object);
  return object.remoteId;
}

async function remove(target: Target, { change }: Step, recorder: Recorder): Promise<void> {
  const call = await recorder.intend("delete", change);
  await outcome(call, target.remove(change.kind, expectId(change.remoteId)));
  call.removed();
}

async function takeAsIs(target: Target, { change }: Step, recorder: Recorder): Promise<string> {
  const { key, kind } = change;
  const id = expectId(change.remoteId);
  const object = await target.read(kind, id);
  if (object === undefined) throw new AppError("not-found", `${kind} ${id} is gone`);
  recorder.put(key, object);
  return object.remoteId;
}

/** What a call answers; a failure is noted and passed on. */
async function outcome<T>(call: Intended, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    call.failed(error);
    throw error;
  }
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

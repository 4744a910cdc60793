/** Conditions on an event's payload. */
import type { Condition } from "../model/subscription.ts";
import { isObject } from "../model/value.ts";
import type { Json } from "../model/value.ts";

export function compileCondition({ paths, values, every }: Condition): (data: Json) => boolean {
  const wanted = [...new Set(values.map(canonical))];
  const steps = paths.map((path) => path.split("."));
  return (data) => {
    const found = new Set(steps.flatMap((path) => valuesAt(data, path)));
    return every === true
      ? wanted.every((value) => found.has(value))
      : wanted.some((value) => found.has(value));
  };
}

/** Every scalar at a path, in its comparable form; lists are looked through at every level. */
function valuesAt(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  const [step, ...rest] = path;
  if (step === undefined) return isScalar(value) ? [canonical(String(value))] : [];
  return isObject(value) && Object.hasOwn(value, step) ? valuesAt(value[step], rest) : [];
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

function canonical(text: string): string {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? lower.replaceAll("-", "") : lower;
}

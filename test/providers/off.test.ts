/** Every kind that can be switched off says so, and asks for nothing then. */
import { expect, it } from "vitest";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { providers } from "../../src/generated/registry.ts";
import type { Fields } from "../../src/model/value.ts";

const FIELDS = ["enabled", "active"];

it.for(kindSpecs.map((spec) => [spec.kind, spec] as const))("%s", ([kind, spec]) => {
  const [id, resource = ""] = kind.split("/");
  const behaviour = providers.find((provider) => provider.id === id)?.kinds[resource];
  const field = FIELDS.find((name) => name in spec.fields);
  const record = { uid: "u", kind, scope: "", id: "i", key: "k", spec: { ...spec.example } as Fields };
  const whole = { ...record, confirm: false, createdAt: "", updatedAt: "" };
  expect(behaviour?.off?.(whole)).toBeUndefined();
  expect(behaviour?.off === undefined).toBe(field === undefined);
  if (field === undefined || behaviour === undefined) return;
  const off = { ...whole, spec: { ...whole.spec, [field]: false } };
  expect(behaviour.off?.(off)).toBe(`${field} is false`);
  expect(behaviour.subscriptions(off, []).every(({ enabled }) => enabled === false)).toBe(true);
});

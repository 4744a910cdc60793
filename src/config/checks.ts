/** What integrations ask of each other: names, references, earlier keys. */
import { placeOf } from "../model/place.ts";
import type { ReadIntegration } from "./integrations.ts";
import type { Reference } from "./spec.ts";
import type { Report } from "./report.ts";
import { quote, suggest } from "./suggest.ts";
import { nearest } from "./tree.ts";

export function checkTogether(integrations: readonly ReadIntegration[], report: Report): void {
  const byKey = new Map(integrations.map((integration) => [integration.key, integration]));
  checkNames(integrations, report);
  for (const integration of integrations) {
    for (const reference of integration.spec?.read.references ?? []) {
      checkReference(integration, reference, byKey, report);
    }
    checkPreviously(integration, byKey, report);
  }
  reportCycles(integrations, report);
}

/** People tell integrations apart by name, and some providers make the id of it. Two targets may be one place. */
function checkNames(integrations: readonly ReadIntegration[], report: Report): void {
  const seen = new Map<string, ReadIntegration>();
  for (const integration of integrations) {
    const { kind, target, spec } = integration;
    if (kind?.nameField === undefined || target === undefined || spec === undefined) continue;
    const name = spec.read.value[kind.nameField];
    if (typeof name !== "string") continue;
    const identity = JSON.stringify([
      target.config === undefined ? target.name : placeOf(target.config),
      kind.kind,
      name,
    ]);
    const first = seen.get(identity);
    if (first === undefined) {
      seen.set(identity, integration);
      continue;
    }
    const { entry } = nearest(spec.entry, [kind.nameField]);
    const there = first.target?.name ?? target.name;
    const same = there === target.name ? "" : `, which is the same place as ${target.name},`;
    const message = `${first.key} in target ${there}${same} has this name already`;
    report.error({ code: "duplicate-name", message, hint: "give each its own name", at: entry.value });
  }
}

function checkReference(
  from: ReadIntegration,
  reference: Reference,
  byKey: ReadonlyMap<string, ReadIntegration>,
  report: Report,
): void {
  const { key, kind, at } = reference;
  const to = byKey.get(key);
  const fail = (message: string, hint: string): void =>
    report.error({ code: "dangling-reference", message, hint, at });
  if (to === undefined) {
    const keys = [...byKey.values()].filter((other) => other.kind?.kind === kind).map((other) => other.key);
    const hint = keys.length === 0 ? `declare a ${kind}` : suggest(key, keys);
    if (!report.incomplete()) fail(`there is no integration ${quote(key)}`, hint);
  } else if (to.kind !== undefined && to.kind.kind !== kind) {
    fail(`${key} is a ${to.kind.kind}, and this takes a ${kind}`, `name the key of a ${kind}`);
  } else if (to.target !== undefined && from.target !== undefined && to.target.name !== from.target.name) {
    fail(
      `${key} lives in target ${to.target.name}, not in ${from.target.name}`,
      "name one in the same target",
    );
  }
}

function checkPreviously(
  integration: ReadIntegration,
  byKey: ReadonlyMap<string, ReadIntegration>,
  report: Report,
): void {
  for (const key of integration.config?.manage.previously ?? []) {
    const { entry, found } = nearest(integration.entry, ["manage", "previously"]);
    if (!byKey.has(key) || !found) continue;
    const items = entry.value.type === "list" ? entry.value.items : [entry.value];
    const at = items.find((item) => item.type === "scalar" && item.value === key) ?? entry.value;
    const message = `${quote(key)} is still declared, so this cannot have been it`;
    report.error({ code: "duplicate-key", message, hint: "remove one of the two", at });
  }
}

function reportCycles(integrations: readonly ReadIntegration[], report: Report): void {
  const kinds = new Map(integrations.map((it) => [it.key, it.kind?.kind]));
  // A reference to the wrong kind has been reported as such.
  const edges = new Map(
    integrations.map((it) => [
      it.key,
      (it.spec?.read.references ?? []).filter((reference) => kinds.get(reference.key) === reference.kind),
    ]),
  );
  for (const reference of findCycles(edges)) {
    const message = `${reference.key} depends on this integration in turn`;
    report.error({
      code: "reference-cycle",
      message,
      hint: "remove one of the references",
      at: reference.at,
    });
  }
}

/** The references that close a circle, one for each circle. */
export function findCycles<R extends { readonly key: string }>(
  edges: ReadonlyMap<string, readonly R[]>,
): R[] {
  const closing: R[] = [];
  const done = new Set<string>();
  const visit = (key: string, open: ReadonlySet<string>): void => {
    if (done.has(key)) return;
    const path = new Set([...open, key]);
    for (const reference of edges.get(key) ?? []) {
      if (path.has(reference.key)) closing.push(reference);
      else visit(reference.key, path);
    }
    done.add(key);
  };
  for (const key of edges.keys()) visit(key, new Set());
  return closing;
}

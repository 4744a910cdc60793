/** Whatever a provider may hold, made from the documented fields alone, so that a new provider is covered by being registered. */
import fc from "fast-check";
import { kindSpecs } from "../../src/generated/kinds.ts";
import { providers } from "../../src/generated/registry.ts";
import { concealWith } from "../../src/model/conceal.ts";
import type { FieldCondition, FieldSpec, Kind, KindSpec } from "../../src/model/field.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import { isObject } from "../../src/model/value.ts";
import type { Fields, Value } from "../../src/model/value.ts";

const conceal = concealWith(Object.fromEntries(kindSpecs.map((kind) => [kind.kind, kind])));

/** Text that YAML, references, globs and variables files have each their own idea of. */
const NASTY = [
  "${env:HOME}",
  "$${env:HOME}",
  "${",
  "$$$${",
  "007",
  "1e3",
  "0x1f",
  ".inf",
  "-",
  "true",
  "null",
  "~",
  "yes",
  "2026-01-01",
  "a: b",
  "- a",
  "# no comment",
  "a #b",
  "<<",
  "!tag",
  "*alias",
  "&anchor",
  "%YAML",
  "@at",
  "`tick`",
  "'single'",
  '"double"',
  'it\'s "both"',
  " leading",
  "trailing ",
  "tab\there",
  "line\nbreak",
  "line\nbreak\n",
  "\n\nbefore",
  "carriage\rreturn",
  "crlf\r\nline",
  "🎉 emoji 👩‍👩‍👧",
  "日本語",
  "\u2028separator",
  "\u0085next",
  "\ufeffmark",
  "\\n",
  "back\\slash",
  "{a: 1}",
  "[a]",
  "{}",
  "a,b",
  "x".repeat(300),
  "___proto__",
];

const URLS = [
  "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx",
  "https://discord.com/api/webhooks/123456/credential",
  "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token=t",
  "https://open.feishu.cn/open-apis/bot/v2/hook/credential",
  "https://user:pass@hooks.example.com/a'b$c?x=${env:HOME}#y",
  "http://10.0.0.1:8080/",
  "https://ci.example.com/hooks/#fragment",
];

const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
);

function textOf(field: FieldSpec): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 400, enum: choices, open } = field;
  const fits = (value: string): boolean => {
    const { length } = Array.from(value);
    return length >= minLength && length <= maxLength;
  };
  if (choices !== undefined) {
    const known = fc.constantFrom(...choices);
    return open === true
      ? fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: fc.constant("new_value") })
      : known;
  }
  if (field.secret === "url") return fc.oneof(fc.constantFrom(...URLS), fc.webUrl());
  if (field.format === "duration") return fc.constantFrom("30m", "1h", "45s");
  if (field.format === "email")
    return fc.emailAddress({ size: "small" }).filter((address) => /^[\w.@-]+$/.test(address));
  if (field.format !== undefined) return fc.uuid();
  const pattern = field.pattern;
  if (pattern === undefined) return text.filter(fits);
  const matches = new RegExp(pattern, "u");
  return fc
    .oneof(text, fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{2,9}([ -][a-zA-Z0-9]{1,9}){0,2}$/))
    .filter((value) => matches.test(value) && fits(value));
}

function valueOf(field: FieldSpec): fc.Arbitrary<Value> {
  switch (field.type) {
    case "string":
      return textOf(field);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: field.minimum ?? 0, max: field.maximum ?? 100 });
    case "number":
      return fc.constantFrom(field.minimum ?? 0, 1, 2.5, field.maximum ?? 100);
    case "array": {
      const { items, minItems = 0, maxItems = 4 } = field;
      if (items === undefined) return fc.constant([]);
      return fc.array(valueOf(items), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) });
    }
    case "object":
      return objectOf(field.fields ?? {});
    case "map":
      return mapOf(field);
  }
}

function mapOf(field: FieldSpec): fc.Arbitrary<Fields> {
  const known = field.keys ?? [];
  const name =
    known.length === 0
      ? fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,12}$/)
      : fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom(...known) },
          { weight: 1, arbitrary: fc.constant("trigger:brand:new") },
        );
  return fc
    .array(fc.tuple(name, field.values === undefined ? fc.constant(true) : valueOf(field.values)), {
      maxLength: 6,
    })
    .map((entries) => Object.fromEntries(entries.filter(([key]) => isKey(field, key))));
}

const isKey = ({ keyPattern, reservedKeys, ignoreKeyCase }: FieldSpec, key: string): boolean =>
  (keyPattern === undefined || new RegExp(keyPattern, "u").test(key)) &&
  reservedKeys?.includes(key.toLowerCase()) !== true &&
  (ignoreKeyCase !== true || key === key.toLowerCase());

function objectOf(specs: Readonly<Record<string, FieldSpec>>): fc.Arbitrary<Fields> {
  const writable = Object.entries(specs).filter(([, field]) => field.readOnly !== true);
  const members = writable.map(([name, field]) =>
    (field.required === true ? valueOf(field) : fc.option(valueOf(field), { nil: undefined, freq: 2 })).map(
      (value) => [name, value] as const,
    ),
  );
  return fc
    .tuple(...members)
    .map((entries) =>
      Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    );
}

/** Without fields that go only with another value, and with those that another value asks for. */
function coherent(kind: KindSpec): fc.Arbitrary<Fields> {
  return objectOf(kind.fields).chain((spec) => {
    const holds = ({ path, values }: FieldCondition): boolean => {
      const value = spec[path] ?? kind.fields[path]?.default;
      return (typeof value === "string" || typeof value === "boolean") && values.includes(value);
    };
    const settle = (fields: Readonly<Record<string, FieldSpec>>, value: Fields): fc.Arbitrary<Fields> =>
      fc
        .tuple(
          ...Object.entries(fields).map(
            ([name, field]): fc.Arbitrary<readonly [string, Value | undefined]> => {
              const now = value[name];
              if (field.onlyWith !== undefined && !holds(field.onlyWith))
                return fc.constant([name, undefined]);
              if (field.fields !== undefined) {
                const asked = Object.values(field.fields).some(
                  (inner) => inner.requiredWith !== undefined && holds(inner.requiredWith),
                );
                if (now === undefined && !asked) return fc.constant([name, undefined]);
                return settle(field.fields, isObject(now) ? now : {}).map((inner) => [name, inner]);
              }
              const empty = now === undefined || (Array.isArray(now) && now.length === 0);
              if (empty && field.requiredWith !== undefined && holds(field.requiredWith)) {
                return valueOf({ ...field, ...(field.type === "array" ? { minItems: 1 } : {}) }).map(
                  (made) => [name, made],
                );
              }
              return fc.constant([name, now]);
            },
          ),
        )
        .map((entries) => Object.fromEntries(entries.filter(([, member]) => member !== undefined)) as Fields);
    return settle(kind.fields, spec);
  });
}

export interface RemoteObject {
  readonly kind: Kind;
  readonly spec: Fields;
}

/** Some objects of every kind of a provider; ids of other kinds are filled in by `recordsOf`. */
export function remoteState(provider: string): fc.Arbitrary<readonly RemoteObject[]> {
  const kinds = kindSpecs.filter((kind) => kind.provider === provider);
  return fc
    .tuple(
      ...kinds.map((kind) =>
        fc.array(
          coherent(kind).map((spec) => ({ kind: kind.kind, spec })),
          { maxLength: 5 },
        ),
      ),
    )
    .map((lists) => lists.flat());
}

const START = Date.parse("2026-01-01T00:00:00.000Z");

/** The objects as an emulator or a store keeps them. What refers to another kind names an object of it, or nothing. */
export function recordsOf(objects: readonly RemoteObject[], scope: string): readonly StoreRecord[] {
  const taken = new Map<string, Set<string>>();
  const placed = objects.map(({ kind: name, spec }) => {
    const kind = kindSpecs.find((one) => one.kind === name);
    if (kind === undefined) throw new Error(`there is no kind ${name}`);
    const ids = taken.get(name) ?? new Set();
    const behaviour = providers.find(({ id }) => id === kind.provider)?.kinds[kind.resource];
    const id = behaviour?.newId(spec, ids) ?? "";
    taken.set(name, ids.add(id));
    return { kind, spec, id };
  });
  return placed.map(({ kind, spec, id }, index) => {
    const time = new Date(START + index * 1000).toISOString();
    const referring = refer({ type: "object", description: "", fields: kind.fields }, spec, (of) => [
      ...(taken.get(of) ?? []),
    ]);
    return {
      uid: `uid-${index}`,
      kind: kind.kind,
      scope,
      id,
      spec: conceal(kind.kind, referring as Fields),
      confirm: false,
      createdAt: time,
      updatedAt: time,
    };
  });
}

function refer(field: FieldSpec, value: Value, idsOf: (kind: string) => readonly string[]): Value {
  if (Array.isArray(value)) {
    const { items } = field;
    if (items === undefined) return value;
    if (items.ref === undefined) return value.map((item) => refer(items, item, idsOf));
    const ids = idsOf(items.ref);
    return value.slice(0, ids.length).map((_, index) => ({ id: ids[index] ?? "" }));
  }
  if (!isObject(value) || field.fields === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const spec = field.fields?.[name];
      return [name, spec === undefined ? member : refer(spec, member, idsOf)];
    }),
  );
}

/** The rules of a fields file. Each problem is `path: what is wrong`. */

type Check = (value: unknown, at: string) => string[];
type Rules = Readonly<Record<string, { readonly check: Check; readonly required?: boolean }>>;

const TYPES = ["string", "integer", "number", "boolean", "array", "object", "map"];
const FORMATS = ["uri", "date-time", "uuid", "email", "duration"];

export const checkProviderFile: Check = (value, at) =>
  object(value, at, {
    title: { check: text, required: true },
    scope: {
      check: (scope, at) =>
        object(scope, at, {
          name: { check: text, required: true },
          required: { check: flag, required: true },
          description: { check: text, required: true },
        }),
    },
    apiUrl: { check: text },
    authUrl: { check: text },
    regions: { check: texts },
    credentials: { check: fields },
    kinds: { check: (kinds, at) => record(kinds, at, /^[a-z][a-z-]*$/, checkKind), required: true },
  });

const checkKind: Check = (value, at) => {
  const problems = object(value, at, {
    title: { check: text, required: true },
    description: { check: text, required: true },
    page: { check: text, required: true },
    nameField: { check: text },
    superseded: { check: text },
    update: { check: oneOf(["PUT", "PATCH", "POST"]) },
    example: { check: mapping, required: true },
    fields: { check: fields, required: true },
  });
  if (problems.length > 0 || !isObject(value) || !isObject(value["fields"])) return problems;
  const name = value["nameField"];
  if (typeof name === "string" && !(name in value["fields"]))
    return [`${at}.nameField: there is no field ${name}`];
  return Object.entries(value["fields"]).flatMap(([key, field]) =>
    checkConditions(field, `${at}.fields.${key}`, value["fields"]),
  );
};

function fields(value: unknown, at: string): string[] {
  return record(value, at, /^[A-Za-z][A-Za-z0-9_]*$/, checkField);
}

const checkField: Check = (value, at) => {
  const problems = object(value, at, {
    type: { check: oneOf(TYPES), required: true },
    description: { check: sentence, required: true },
    page: { check: text },
    required: { check: flag },
    minLength: { check: count },
    maxLength: { check: count },
    minItems: { check: count },
    maxItems: { check: count },
    minimum: { check: number },
    maximum: { check: number },
    pattern: { check: pattern },
    patternHint: { check: text },
    format: { check: oneOf(FORMATS) },
    enum: { check: texts },
    open: { check: flag },
    storeOnly: { check: texts },
    onlyWith: { check: condition },
    requiredWith: { check: condition },
    default: { check: () => [] },
    items: { check: checkField },
    fields: { check: fields },
    values: { check: checkField },
    keys: { check: texts },
    keyPattern: { check: pattern },
    keyHint: { check: text },
    reservedKeys: { check: texts },
    ignoreKeyCase: { check: flag },
    globs: { check: flag },
    events: { check: flag },
    leaky: { check: texts },
    secret: { check: (secret, place) => (secret === true ? [] : oneOf(["url"])(secret, place)) },
    readOnly: { check: flag },
    writtenAs: { check: text },
    writeOnly: { check: flag },
    toldBy: { check: text },
    clipped: { check: flag },
    volatile: { check: flag },
    forceNew: { check: flag },
    removeByReplacing: { check: flag },
    set: { check: flag },
    ignoreCase: { check: flag },
    ref: { check: text },
  });
  return problems.length > 0 || !isObject(value) ? problems : checkShape(value, at);
};

/** What the keys of one field ask of each other. */
function checkShape(field: Readonly<Record<string, unknown>>, at: string): string[] {
  const type = field["type"];
  const needs = { array: "items", object: "fields", map: "values" }[String(type)];
  const rules: (readonly [boolean, string])[] = [
    [needs !== undefined && !(needs in field), `type ${String(type)} needs ${needs ?? ""}`],
    ["items" in field && type !== "array", "only an array has items"],
    ["fields" in field && type !== "object", "only an object has fields"],
    ["values" in field && type !== "map", "only a map has values"],
    ["keys" in field && type !== "map", "only a map has keys"],
    ["keyPattern" in field && type !== "map", "only a map has keys"],
    ["reservedKeys" in field && type !== "map", "only a map has keys"],
    ["keyPattern" in field !== "keyHint" in field, "keyPattern and keyHint go together"],
    ["pattern" in field !== "patternHint" in field, "pattern and patternHint go together"],
    ["enum" in field && type !== "string", "only a string has an enum"],
    ["set" in field && type !== "array", "only an array is a set"],
    ["secret" in field && type !== "string", "only a string is a secret"],
    ["readOnly" in field && "required" in field, "a read-only field cannot be required"],
    ["readOnly" in field && "writeOnly" in field, "readOnly and writeOnly exclude each other"],
    ["writtenAs" in field && !("readOnly" in field), "writtenAs is for read-only fields"],
    ["removeByReplacing" in field && !("writeOnly" in field), "removeByReplacing is for write-only fields"],
    ["toldBy" in field && !("writeOnly" in field), "toldBy is for write-only fields"],
    [
      "storeOnly" in field && !isSubset(field["storeOnly"], field["enum"]),
      "storeOnly must be values of enum",
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => `${at}: ${problem}`);
}

/** A condition's path must lead to a field, also from inside a nested one. */
function checkConditions(field: unknown, at: string, all: unknown): string[] {
  if (!isObject(field)) return [];
  const own = ["onlyWith", "requiredWith"].flatMap((name) => {
    const it = field[name];
    if (!isObject(it) || typeof it["path"] !== "string") return [];
    let place: unknown = { fields: all };
    for (const step of it["path"].split(".")) {
      const inner: unknown = isObject(place) ? place["fields"] : undefined;
      place = isObject(inner) ? inner[step] : undefined;
    }
    return place === undefined ? [`${at}.${name}.path: there is no field ${it["path"]}`] : [];
  });
  const inner = isObject(field["fields"]) ? Object.entries(field["fields"]) : [];
  return [...own, ...inner.flatMap(([name, child]) => checkConditions(child, `${at}.fields.${name}`, all))];
}

const condition: Check = (value, at) =>
  object(value, at, {
    path: { check: text, required: true },
    values: {
      check: (values, place) =>
        Array.isArray(values) && values.length > 0 ? [] : [`${place}: must be a list`],
      required: true,
    },
  });

function object(value: unknown, at: string, rules: Rules): string[] {
  if (!isObject(value)) return [`${at === "" ? "." : at}: must be a mapping`];
  const place = (key: string): string => (at === "" ? key : `${at}.${key}`);
  const missing = Object.entries(rules)
    .filter(([key, rule]) => rule.required === true && !(key in value))
    .map(([key]) => `${place(key)}: is missing`);
  const wrong = Object.entries(value).flatMap(
    ([key, inner]) => rules[key]?.check(inner, place(key)) ?? [`${place(key)}: is not known`],
  );
  return [...missing, ...wrong];
}

function record(value: unknown, at: string, key: RegExp, check: Check): string[] {
  if (!isObject(value)) return [`${at}: must be a mapping`];
  return Object.entries(value).flatMap(([name, inner]) =>
    key.test(name) ? check(inner, `${at}.${name}`) : [`${at}.${name}: is not a name for this`],
  );
}

const mapping: Check = (value, at) => (isObject(value) ? [] : [`${at}: must be a mapping`]);
const text: Check = (value, at) => (typeof value === "string" && value !== "" ? [] : [`${at}: must be text`]);
const sentence: Check = (value, at) =>
  typeof value === "string" && value.endsWith(".") && !value.includes("\n")
    ? []
    : [`${at}: must be one sentence`];
const flag: Check = (value, at) => (typeof value === "boolean" ? [] : [`${at}: must be true or false`]);
const number: Check = (value, at) => (typeof value === "number" ? [] : [`${at}: must be a number`]);
const count: Check = (value, at) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? [] : [`${at}: must be a whole number`];
const texts: Check = (value, at) => {
  if (!Array.isArray(value) || value.length === 0) return [`${at}: must be a list`];
  const twice = value.filter((entry, index) => value.indexOf(entry) !== index);
  return [
    ...value.flatMap((entry: unknown, index) => text(entry, `${at}[${index}]`)),
    ...twice.map((entry) => `${at}: ${String(entry)} is there twice`),
  ];
};
const pattern: Check = (value, at) => {
  if (typeof value !== "string") return [`${at}: must be text`];
  try {
    new RegExp(value, "u");
    return [];
  } catch (error) {
    return [`${at}: ${error instanceof Error ? error.message : String(error)}`];
  }
};

function oneOf(values: readonly string[]): Check {
  return (value, at) =>
    typeof value === "string" && values.includes(value) ? [] : [`${at}: must be one of ${values.join(", ")}`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSubset(part: unknown, whole: unknown): boolean {
  return Array.isArray(part) && Array.isArray(whole) && part.every((entry) => whole.includes(entry));
}

/** Scalingo's platforms, event types and categories, with ids that are the same in every emulator. */
import { createHash } from "node:crypto";
import { kinds } from "../../../generated/kinds/scalingo.ts";
import type { JsonObject } from "../../emulator-contract.ts";

/** 24 hexadecimal digits that stand for a name. */
export const objectId = (name: string): string =>
  createHash("sha256").update(`scalingo/${name}`).digest("hex").slice(0, 24);

interface Named {
  readonly id: string;
  readonly name: string;
}

const notifier = kinds.find((kind) => kind.kind === "scalingo/notifier");

const named = (what: string, names: readonly string[] | undefined): readonly Named[] =>
  (names ?? []).map((name) => ({ id: objectId(`${what}/${name}`), name }));

const platforms = named("platform", notifier?.fields["platform"]?.enum);
const eventTypes = named("event-type", notifier?.fields["selected_events"]?.items?.enum);
const categoryOf = (eventType: string): string => eventType.split("_")[0] ?? eventType;
const categories = named("category", [...new Set(eventTypes.map(({ name }) => categoryOf(name)))].toSorted());

export const platformName = (id: string): string | undefined =>
  platforms.find((platform) => platform.id === id)?.name;
export const platformId = (name: string): string => objectId(`platform/${name}`);
export const eventTypeName = (id: string): string | undefined =>
  eventTypes.find((eventType) => eventType.id === id)?.name;
export const eventTypeId = (name: string): string => objectId(`event-type/${name}`);

export const listPlatforms = (): JsonObject[] =>
  platforms.map(({ id, name }) => ({
    id,
    name,
    display_name: title(name),
    logo_url: `//cdn.scalingo.com/notification_platforms/${name}.svg`,
    description: `Sends notifications by ${title(name)}.`,
    available_event_ids: eventTypes.map((eventType) => eventType.id),
  }));

export const listEventTypes = (): JsonObject[] =>
  eventTypes.map(({ id, name }) => ({
    id,
    category_id: objectId(`category/${categoryOf(name)}`),
    name,
    display_name: title(name),
    description: `${title(name)}.`,
  }));

export const listCategories = (): JsonObject[] =>
  categories.map(({ id, name }, index) => ({ id, name, display_name: title(name), position: index }));

/** `app_deployed` → `App deployed`. */
function title(name: string): string {
  const words = name.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** What a `northflank/notification` subscribes to, and the request it gets. */
import type { NorthflankNotification } from "../../generated/types/northflank-notification.ts";
import { specAs } from "../../model/record.ts";
import type { StoreRecord } from "../../model/record.ts";
import type { Condition, Subscription } from "../../model/subscription.ts";
import type { Rendered, RenderContext } from "../contract.ts";
import { header, jsonRequest, secretHeader } from "../request.ts";
import { delivered, subscribed } from "./events.ts";

const HEADER = "X-Northflank-Notification-Integration";

/** Where a payload may bear the tags of the resource it is about; not documented. */
const TAG_PATHS = ["", "service.", "job.", "addon.", "project.", "build."].flatMap((owner) => [
  `${owner}tags`,
  `${owner}tags.name`,
]);

export function subscriptions(record: StoreRecord): Subscription[] {
  const spec = specAs<NorthflankNotification>(record);
  const projects = spec.projects ?? [];
  const chosen = Object.entries(spec.events).filter(([, wanted]) => wanted);
  return [
    {
      uid: record.uid,
      destinationUid: record.uid,
      enabled: spec.restricted !== true || projects.length > 0,
      provider: "northflank",
      events: { names: chosen.map(([name]) => subscribed(name)) },
      ...(spec.restricted === true && { projects }),
      conditions: tagConditions(spec.restrictions),
    },
  ];
}

function tagConditions(restrictions: NorthflankNotification["restrictions"]): Condition[] {
  const tags = restrictions?.tags;
  if (tags?.enabled !== true || tags.items === undefined || tags.items.length === 0) return [];
  return [{ paths: TAG_PATHS, values: tags.items, every: tags.matchCondition === "and" }];
}

const FORMATS = { SLACK: "slack", DISCORD: "discord", TEAMS: "teams", TEAMS_WORKFLOWS: "teams" } as const;

export function formatOf(record: StoreRecord): string | undefined {
  const { type } = specAs<NorthflankNotification>(record);
  return type === "RAW_WEBHOOK" ? undefined : FORMATS[type];
}

export function render({ record, event, describe }: RenderContext): Rendered {
  const spec = specAs<NorthflankNotification>(record);
  const format = formatOf(record);
  if (format !== undefined) {
    return {
      form: "message",
      format,
      url: spec.webhook,
      message: describe(event),
      headers: [],
    };
  }
  const type = delivered(event.type);
  return jsonRequest(
    spec.webhook,
    [
      header(`${HEADER}-Id`, record.id),
      header(`${HEADER}-Name`, spec.name),
      ...secretHeader(`${HEADER}-Token`, spec.secret),
      header(`${HEADER}-Event-Id`, event.id),
      header(`${HEADER}-Event-Type`, type),
    ],
    { event: type, data: event.data },
  );
}

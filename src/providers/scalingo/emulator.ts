/**
 * Scalingo's API as its developer pages and official clients describe it, its authentication API on the same origin
 * included. The scope of a record is the application's name; every name is an application.
 */
import type { Emulator, EmulatorContext, JsonObject, Reply } from "../emulator-contract.ts";
import { listCategories, listEventTypes, listPlatforms } from "./emulator/catalogue.ts";
import { eventRoutes } from "./emulator/events.ts";
import { failure, missing, NOTIFICATION } from "./emulator/forms.ts";
import { notificationRoutes } from "./emulator/notifications.ts";
import { notifierRoutes } from "./emulator/notifiers.ts";
import { authenticate, exchange } from "./emulator/tokens.ts";

export const emulator: Emulator = {
  id: "scalingo",
  prefixes: ["/v1"],
  budget: { limit: 60, windowMs: 60_000 },
  routes: [
    { method: "POST", path: "/v1/tokens/exchange", open: true, anyBody: true, handle: exchange },
    { method: "GET", path: "/v1/regions", handle: regions },
    ...notifierRoutes,
    ...notificationRoutes,
    ...eventRoutes,
    {
      method: "GET",
      path: "/v1/notification_platforms",
      open: true,
      handle: () => ok({ notification_platforms: listPlatforms() }),
    },
    { method: "GET", path: "/v1/notification_platforms/search", open: true, handle: searchPlatforms },
    { method: "GET", path: "/v1/notification_platforms/:id", open: true, handle: getPlatform },
    {
      method: "GET",
      path: "/v1/event_types",
      open: true,
      handle: () => ok({ event_types: listEventTypes() }),
    },
    {
      method: "GET",
      path: "/v1/event_categories",
      open: true,
      handle: () => ok({ event_categories: listCategories() }),
    },
  ],
  authenticate,
  refuse: failure,
  // None is documented.
  budgetHeaders: () => ({}),
  newId: (kind, _spec, _taken, ids) => (kind === NOTIFICATION ? ids.hex(24) : `no-${ids.uuid()}`),
};

const ok = (body: JsonObject): Reply => ({ status: 200, body });

/** Every region is this emulator. */
function regions({ request }: EmulatorContext): Reply {
  const region = (name: string, displayName: string, isDefault: boolean): JsonObject => ({
    name,
    display_name: displayName,
    ssh: "127.0.0.1:22",
    api: request.origin,
    dashboard: request.origin,
    database_api: request.origin,
    default: isDefault,
  });
  return ok({
    regions: [region("osc-fr1", "Paris", true), region("osc-secnum-fr1", "Paris - SecNumCloud", false)],
  });
}

function searchPlatforms({ request }: EmulatorContext): Reply {
  const name = request.query.get("name");
  return ok({ notification_platforms: listPlatforms().filter((platform) => platform["name"] === name) });
}

function getPlatform({ request }: EmulatorContext): Reply {
  const platform = listPlatforms().find(({ id }) => id === request.params["id"]);
  return platform === undefined ? missing("NotificationPlatform") : ok({ notification_platform: platform });
}

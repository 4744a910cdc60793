/** `/v1/apps/:app/events`: what happened to an application, newest first. Changes of notifiers are events too. */
import type { EmulatorContext, EmulatorRoute, JsonObject, Reply } from "../../emulator-contract.ts";
import { plainText, wholeNumber } from "../../emulator-values.ts";
import { appId, appOf, failure, missing } from "./forms.ts";

const EVENTS = "scalingo/event";
const PATH = "/v1/apps/:app/events";
const USUAL_PER_PAGE = 20;
const MOST_PER_PAGE = 50;
const MOST_HOURS = 72;
const POSITIVE = { least: 1, most: Infinity };

export const eventRoutes: readonly EmulatorRoute[] = [
  { method: "GET", path: PATH, handle: list },
  { method: "GET", path: `${PATH}/:id`, handle: get },
];

export function recordEvent(context: EmulatorContext, app: string, type: string, data: JsonObject): void {
  context.journal.append(EVENTS, app, {
    id: context.ids.hex(24),
    created_at: new Date(context.now()).toISOString(),
    user: { username: "emulator", email: "emulator@example.com", id: `us-${appId("emulator")}` },
    app_id: appId(app),
    app_name: app,
    type,
    type_data: data,
  });
}

async function list(context: EmulatorContext): Promise<Reply> {
  const { query } = context.request;
  const page = wholeNumber(query.get("page"), 1, POSITIVE);
  const perPage = wholeNumber(query.get("per_page"), USUAL_PER_PAGE, POSITIVE);
  const hours = wholeNumber(query.get("from"), MOST_HOURS, { least: 1, most: MOST_HOURS });
  if (page === undefined || perPage === undefined) return failure(400, "page and per_page must be positive");
  if (hours === undefined) return failure(400, `from must be 1 to ${MOST_HOURS} hours`);
  const since = query.has("from") ? context.now() - hours * 3_600_000 : 0;
  const events = (await entries(context)).filter(
    (event) => Date.parse(plainText(event["created_at"])) >= since,
  );
  const size = Math.min(perPage, MOST_PER_PAGE);
  const pages = Math.max(1, Math.ceil(events.length / size));
  return {
    status: 200,
    body: {
      events: events.slice((page - 1) * size, page * size),
      meta: {
        pagination: {
          current_page: page,
          prev_page: page > 1 ? page - 1 : null,
          next_page: page < pages ? page + 1 : null,
          total_pages: pages,
          total_count: events.length,
        },
      },
    },
  };
}

async function get(context: EmulatorContext): Promise<Reply> {
  const event = (await entries(context)).find(({ id }) => id === context.request.params["id"]);
  return event === undefined ? missing("Event") : { status: 200, body: { event } };
}

async function entries(context: EmulatorContext): Promise<readonly JsonObject[]> {
  const app = await context.records.read((records) => appOf(context, records));
  return context.journal.list(EVENTS, app).toReversed();
}

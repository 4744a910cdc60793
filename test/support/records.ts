/** Builders of stored records and events for tests. */
import type { Event, RecognisedEvent } from "../../src/model/event.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import { reveal, Secret } from "../../src/model/secret.ts";
import type { OutgoingHeader } from "../../src/model/request.ts";
import type { Fields, Json } from "../../src/model/value.ts";
import { recognise } from "../../src/routing/recognise.ts";
import { providers } from "../../src/generated/registry.ts";
import type { KindBehaviour, Rendered } from "../../src/providers/contract.ts";
import { describeWith } from "../../src/providers/describe.ts";

export const NOW = Date.parse("2026-03-04T05:07:00Z");

export function storeRecord(kind: string, spec: Fields, more: Partial<StoreRecord> = {}): StoreRecord {
  return {
    uid: `uid-${kind}`,
    kind,
    scope: "",
    id: "the-id",
    key: "the-key",
    spec,
    confirm: true,
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    ...more,
  };
}

export const secret = (plain: string): Secret => new Secret(plain);

/** The event in a body, as intake would complete it. */
export function eventFrom(body: Json): Event {
  const recognised = recognise(body, providers);
  if (recognised === undefined) throw new Error("not an event");
  return complete(recognised);
}

export const complete = (event: RecognisedEvent): Event => ({
  id: "ev-1",
  time: "2026-03-04T05:06:08Z",
  ...event,
});

export function behaviour(kind: string): KindBehaviour {
  const [id, resource = ""] = kind.split("/");
  const found = providers.find((provider) => provider.id === id)?.kinds[resource];
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

export function render(record: StoreRecord, event: Event, via?: StoreRecord, now = NOW): Rendered {
  const rendered = behaviour(record.kind).render?.({
    record,
    event,
    now,
    describe: describeWith(providers),
    ...(via !== undefined && { via }),
  });
  if (rendered === undefined) throw new Error(`${record.kind} does not receive`);
  return rendered;
}

/** The request of a documented contract, as it goes over the wire. */
export function requestOf(rendered: Rendered): {
  url: string;
  headers: Record<string, string>;
  body: Json;
  text: string;
} {
  if (rendered.form !== "request") throw new Error(`a ${rendered.format} message, not a request`);
  const { url, headers, body } = rendered.request;
  return { url: reveal(url), headers: plainHeaders(headers), body: JSON.parse(body), text: body };
}

export const plainHeaders = (headers: readonly OutgoingHeader[]): Record<string, string> =>
  Object.fromEntries(
    headers.map(({ name, value }) => [name, value instanceof Secret ? reveal(value) : value]),
  );

/** What the daemon under attack is configured with, and which integrations an event is for. */

export type Behaviour = "healthy" | "flaky" | "paced";

export interface Endpoint {
  readonly key: string;
  readonly behaviour: Behaviour;
  /** Event types, literally; undefined for every event. */
  readonly types?: readonly string[];
}

/** Events for the paced one come at most at half of this rate, so that it can catch up. */
export const PACED_PER_SECOND = 20;

/** One that takes everything, one that fails half of the time, a paced one, and others with a type each. */
export function endpointsOf(count: number): readonly Endpoint[] {
  const others = Array.from({ length: Math.max(1, count - 3) }, (_, index) => ({
    key: `some-${index}`,
    behaviour: "healthy" as const,
    types: [`chaos.t${index}`],
  }));
  return [
    { key: "all", behaviour: "healthy" },
    // Of one type only: what is tried again and again must not become more than can be sent.
    { key: "flaky", behaviour: "flaky", types: ["chaos.t0"] },
    { key: "paced", behaviour: "paced", types: ["chaos.paced"] },
    ...others,
  ];
}

export const receives = (endpoint: Endpoint, type: string): boolean =>
  endpoint.types === undefined || endpoint.types.includes(type);

/** Attempts enough that failing half of the time never exhausts a delivery. */
const FLAKY_RETRY = `retry: { schedule: [${["0s", ...Array.from({ length: 39 }, () => "1s")].join(", ")}] }`;

export function configuration(endpoints: readonly Endpoint[], receiver: string): string {
  const integrations = endpoints.map(({ key, behaviour, types = ["chaos.*"] }) => {
    const more = { healthy: "", flaky: FLAKY_RETRY, paced: `rateLimit: ${PACED_PER_SECOND}` }[behaviour];
    return `  ${key}:
    kind: bellhop/integration
    manage: { confirm: false }
    spec:
      name: ${key}
      type: RAW_WEBHOOK
      webhook: ${receiver}/${key}
      secret: ${key === "all" ? "whsec_Y2hhb3MtY2hhb3MtY2hhb3MtY2hhb3M=" : "plain"}
      events: ${JSON.stringify(types)}
      ${more}
`;
  });
  return `version: 1
targets:
  house: { provider: bellhop, store: .bellhop/store.json }
integrations:
${integrations.join("")}daemon:
  listen: 127.0.0.1:0
  sources: [{ file: events/app.ndjson }, { http: /events }]
  egress: { allow: [127.0.0.0/8] }
`;
}

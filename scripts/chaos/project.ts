/** What the crash test applies: a first file, and a second one that is 50 changes away from it, at four APIs and in a store. */

const ORGANISATION = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353";

export const CHANGES = 50;

interface Item {
  readonly key: string;
  readonly kind: string;
  readonly target: string;
  readonly spec: unknown;
}

/** How many there are of a kind in both files, only in the first and only in the second, and how many of the first change. */
interface Family {
  readonly name: string;
  readonly stay: number;
  readonly go: number;
  readonly come: number;
  readonly change: number;
  readonly make: (index: number, changed: boolean) => Omit<Item, "key">;
}

const url = (name: string, index: number, changed: boolean): string =>
  `https://${name}.example.com/hooks/${index}${changed ? "/changed" : ""}`;

const FAMILIES: readonly Family[] = [
  {
    name: "nf",
    stay: 5,
    go: 2,
    come: 8,
    change: 4,
    make: (index, changed) => ({
      kind: "northflank/notification",
      target: "nf",
      spec: {
        name: `Builds ${index}`,
        // The type of an object cannot be changed: the first one is replaced.
        type: changed && index === 0 ? "DISCORD" : "RAW_WEBHOOK",
        webhook: url("nf", index, changed),
        ...(changed && index === 0 ? {} : { secret: `nf-secret-${index}` }),
        events: ["trigger:build:*"],
      },
    }),
  },
  {
    name: "acme",
    stay: 4,
    go: 2,
    come: 7,
    change: 3,
    make: (index, changed) => ({
      kind: "qovery/webhook",
      target: "acme",
      spec: {
        kind: "STANDARD",
        // Webhooks have no name; every third one is the twin of the one before.
        target_url: url("acme", index - (index % 3 === 2 ? 1 : 0), changed),
        target_secret: `acme-secret-${index}`,
        events: ["DEPLOYMENT_FAILURE"],
        enabled: true,
      },
    }),
  },
  {
    name: "hook",
    stay: 2,
    go: 1,
    come: 4,
    change: 1,
    make: (index, changed) => ({
      kind: "cloudflare/webhook",
      target: "edge",
      spec: { name: `Hook ${index}`, url: url("edge", index, changed), secret: `cf-secret-${index}` },
    }),
  },
  {
    name: "policy",
    stay: 2,
    go: 0,
    come: 3,
    change: 1,
    make: (index, changed) => ({
      kind: "cloudflare/policy",
      target: "edge",
      spec: {
        name: `Policy ${index}`,
        alert_type: "dos_attack_l7",
        enabled: !changed,
        mechanisms: { webhooks: [{ ref: index < 2 ? `hook-${index}` : `hook-${index + 1}` }] },
      },
    }),
  },
  {
    name: "shop",
    stay: 2,
    go: 1,
    come: 3,
    change: 1,
    make: (index, changed) => ({
      kind: "scalingo/notifier",
      target: "shop",
      spec: {
        name: `Shop ${index}`,
        platform: "webhook",
        selected_events: ["app_deployed"],
        type_data: { webhook_url: url("shop", index, changed) },
      },
    }),
  },
  {
    name: "shop-old",
    stay: 0,
    go: 0,
    come: 1,
    change: 0,
    make: (index) => ({
      kind: "scalingo/notification",
      target: "shop",
      spec: { webhook_url: url("shop-old", index, false) },
    }),
  },
  {
    name: "house",
    stay: 3,
    go: 1,
    come: 5,
    change: 2,
    make: (index, changed) => ({
      kind: "bellhop/integration",
      target: "house",
      spec: {
        name: `House ${index}`,
        type: "RAW_WEBHOOK",
        webhook: url("house", index, changed),
        events: ["build:*"],
      },
    }),
  },
];

/** The first file or the second, as JSON, which is YAML too. `state` is a URL; without it the state is a file. */
export function projectFile(which: "first" | "second", api: string, state: string | undefined): string {
  const at = (target: object): object => ({ ...target, api: { url: api, token: "any-token" } });
  const items = FAMILIES.flatMap((family) => itemsOf(family, which));
  const integrations = Object.fromEntries(
    items.map(({ key, kind, target, spec }) => [key, { kind, target, spec }]),
  );
  const targets = {
    house: { provider: "bellhop", store: ".bellhop/store.json" },
    nf: at({ provider: "northflank" }),
    shop: at({ provider: "scalingo", app: "storefront" }),
    acme: at({ provider: "qovery", organizationId: ORGANISATION }),
    edge: at({ provider: "cloudflare", accountId: ACCOUNT }),
  };
  return JSON.stringify(
    { version: 1, ...(state === undefined ? {} : { state }), targets, integrations },
    null,
    2,
  );
}

/** The keys that the second file declares, with the kind of each. */
export const declared = (): readonly Pick<Item, "key" | "kind">[] =>
  FAMILIES.flatMap((family) => itemsOf(family, "second"));

function itemsOf({ name, stay, go, come, change, make }: Family, which: "first" | "second"): readonly Item[] {
  const first = which === "first";
  const indices = Array.from({ length: stay + (first ? go : come) }, (_, index) =>
    // Those that go are not those that come.
    !first && index >= stay ? index + go : index,
  );
  return indices.map((index) => ({ key: `${name}-${index}`, ...make(index, !first && index < change) }));
}

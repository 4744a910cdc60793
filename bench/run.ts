/** `npm run bench`: the figures that docs/figures.md speaks of, as ratios within one run. Bounded; stops by itself. */
import { benchDelivery } from "./delivery.ts";

const { values } = await import("node:util").then(({ parseArgs }) =>
  parseArgs({ options: { events: { type: "string", default: "40000" } } }),
);
const delivery = await benchDelivery(Number(values.events));
console.table(delivery);

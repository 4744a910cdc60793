/** `npm run bench`: figures as ratios within one run, on an otherwise idle machine. Bounded; stops by itself. */
import { parseArgs } from "node:util";
import { benchConfig } from "./config.ts";
import { benchDelivery } from "./delivery.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "40000" },
    integrations: { type: "string", default: "10000" },
  },
});
console.table({ config: benchConfig(Number(values.integrations)) });
console.table({ delivery: await benchDelivery(Number(values.events)) });

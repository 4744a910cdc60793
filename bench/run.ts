/** `npm run bench`: figures as ratios within one run, on an otherwise idle machine. Bounded; stops by itself. */
import { parseArgs } from "node:util";
import { benchConfig } from "./config.ts";
import { benchDelivery, benchRetention } from "./delivery.ts";
import { benchIdle } from "./idle.ts";
import { benchIsolation } from "./isolation.ts";
import { benchLog } from "./log.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "40000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "6" },
    attempts: { type: "string", default: "1000000" },
    integrations: { type: "string", default: "10000" },
  },
});
console.table({ config: benchConfig(Number(values.integrations)) });
console.table({ delivery: await benchDelivery(Number(values.events)) });
console.table({ retention: await benchRetention(Number(values.events), Number(values.rounds)) });
console.table({ idle: await benchIdle() });
console.table(await benchIsolation(Number(values.seconds), Number(values.rounds)));
const { filters, ...log } = await benchLog(Number(values.attempts));
console.table({ log });
console.table(filters);

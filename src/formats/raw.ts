/** Our own JSON body, unsigned; signing and headers belong to the kind that asks for it. */
import { rawBody } from "../model/raw-body.ts";
import type { Format } from "./contract.ts";

export const format: Format = {
  id: "raw",
  render: ({ event, url }) => ({
    url,
    contentType: "application/json",
    body: JSON.stringify(rawBody(event)),
    destination: "raw",
  }),
};

/** A service that takes only what was signed with its secret: `AUDIT_SECRET=whsec_… node receiver.mjs`. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { AUDIT_SECRET: secret = "", PORT: port = "8422" } = process.env;
if (!secret.startsWith("whsec_")) throw new Error("set AUDIT_SECRET to the secret in notifications.yaml");
const key = Buffer.from(secret.slice("whsec_".length), "base64");
const TOLERANCE_SECONDS = 5 * 60;

/** HMAC-SHA256 over `id.timestamp.body`, where the body is the bytes exactly as they came. */
function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= TOLERANCE_SECONDS)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // While a secret is being changed there may be several, with a space between them.
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (!isGenuine(request.headers, body)) {
    response.writeHead(401).end("not signed with our secret\n");
    return;
  }
  // Delivery is at least once: an id that was seen before is no news. Answer soon, and do slow work afterwards.
  console.log(request.headers["webhook-id"], JSON.parse(body.toString("utf8")).type);
  response.writeHead(204).end();
});
server.listen(Number(port), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}/`),
);

// Counts requests; prints its address.
import { createServer } from "node:http";

let count = 0;
const server = createServer((request, response) => {
  if (request.method === "GET") {
    if (request.url === "/-reset") count = 0;
    response.end(String(count));
    return;
  }
  request.on("data", () => undefined);
  request.on("end", () => {
    count += 1;
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

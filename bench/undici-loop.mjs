// Posts as fast as undici can, and prints the rate per second: node undici-loop.mjs URL REQUESTS ENDPOINTS
import { Agent } from "undici";

const [url, requests, endpoints] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const agent = new Agent({ connections: 50, pipelining: 1 });
const body = JSON.stringify({ id: "e", type: "t", data: { text: "x".repeat(850) } });
let sent = 0;
const started = performance.now();
const loop = async () => {
  while (sent < requests) {
    const path = `/${sent++ % endpoints}`;
    const answer = await agent.request({
      origin: url,
      path,
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await answer.body.dump();
  }
};
await Promise.all(Array.from({ length: 50 }, loop));
console.log((requests * 1000) / (performance.now() - started));
await agent.close();

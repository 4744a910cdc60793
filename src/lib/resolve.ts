/** Names to addresses. */
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { EgressRefused } from "./http-failure.ts";
import { createAddressGuard } from "./ip.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, in the order in which they are to be tried. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** As the system resolves: its hosts file, its search domains. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true });

/** How many names are remembered as slow. */
const MOST_SLOW = 1000;

/**
 * The system resolves in a few threads that everything else in the process shares. So requests that ask for a name while it is
 * being resolved share the answer, and names whose last lookup took `slowMs` or longer are looked up one after another: names that
 * are dead leave the other threads to those that are not.
 */
export function shareLookups(resolve: Resolve, slowMs = 1000): Resolve {
  const underWay = new Map<string, Promise<readonly ResolvedAddress[]>>();
  const slow = new Set<string>();
  let lastSlow: Promise<unknown> = Promise.resolve();

  const ask = async (hostname: string): Promise<readonly ResolvedAddress[]> => {
    const asked = performance.now();
    try {
      return await resolve(hostname);
    } finally {
      slow.delete(hostname);
      if (performance.now() - asked >= slowMs && slow.size < MOST_SLOW) slow.add(hostname);
    }
  };
  const start = (hostname: string): Promise<readonly ResolvedAddress[]> => {
    if (!slow.has(hostname)) return ask(hostname);
    const answer = lastSlow.then(() => ask(hostname));
    lastSlow = answer.catch(() => undefined);
    return answer;
  };
  return (hostname) => {
    const known = underWay.get(hostname);
    if (known !== undefined) return known;
    const asked = start(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, asked);
    return asked;
  };
}

/** Throws an EgressRefused for an address that may not be connected to. */
export type CheckAddress = (address: string) => void;

/** Lets public addresses pass, and those in `allow`. The words of what it throws say what to do, and name no host. */
export function createEgressCheck(allow: readonly string[]): CheckAddress {
  const refusal = createAddressGuard(allow);
  return (address) => {
    const use = refusal(address);
    if (use === undefined) return;
    const bare = address.replace(/%.*$/, "");
    throw new EgressRefused(
      `${bare} is ${use}; to send there all the same, set daemon: { egress: { allow: [${quoted(bare)}] } }`,
    );
  };
}

/** YAML takes a colon in a list for a key. */
const quoted = (address: string): string => (address.includes(":") ? `"${address}"` : address);

/** Node's lookup: where one address of a name is not allowed, the connection is not made to any. */
export function checkedLookup(resolve: Resolve, check: CheckAddress): LookupFunction {
  const find = async (hostname: string): Promise<readonly [ResolvedAddress, ...ResolvedAddress[]]> => {
    const [first, ...others] = await resolve(hostname);
    if (first === undefined) throw Object.assign(new Error("no address"), { code: "ENOTFOUND" });
    for (const { address } of [first, ...others]) check(address);
    return [first, ...others];
  };
  return (hostname, { all }, done) => {
    find(hostname).then(
      (found) => (all === true ? done(null, [...found]) : done(null, found[0].address, found[0].family)),
      (error: unknown) => done(error instanceof Error ? error : new Error("lookup failed"), ""),
    );
  };
}

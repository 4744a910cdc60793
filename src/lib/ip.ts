/** Which addresses are reachable from everywhere and which only from nearby. */
import ipaddr from "ipaddr.js";

/** The address in a URL's host (`10.0.0.1`, `[::1]`), in plain form; undefined for a name. */
export function literalAddress(host: string): string | undefined {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  // Most hosts are names, and the parser is slow to say so.
  if (!/^[\d.]+$|:/.test(bare)) return undefined;
  return ipaddr.isValid(bare) ? bare : undefined;
}

/** Whether an address is anything but a public unicast one, mapped and translated forms looked through. */
export function isPrivateAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() !== "unicast";
}

/** Whether an address lies in one of the ranges (`10.2.0.0/16`, or a single address). Ranges that are not valid match nothing. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some((range) => {
    const cidr = toCidr(range);
    return cidr !== undefined && cidr[0].kind() === parsed.kind() && parsed.match(cidr);
  });
}

export const isRange = (range: string): boolean => toCidr(range) !== undefined;

function toCidr(range: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(range)) return ipaddr.parseCIDR(range);
  if (!ipaddr.isValid(range)) return undefined;
  const address = ipaddr.process(range);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

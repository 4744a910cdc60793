/** Which addresses are reachable from everywhere, and which only from nearby or through something that hides another. */
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** The address in a URL's host (`10.0.0.1`, `[::1]`), in plain form; undefined for a name. */
export function literalAddress(host: string): string | undefined {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  // Most hosts are names, and the parser is slow to say so.
  if (!/^[\d.]+$|:/.test(bare)) return undefined;
  return ipaddr.isValid(bare) ? bare : undefined;
}

/** Whether an address is anything but a public unicast one (see `specialUse`). What is no address is not private. */
export const isPrivateAddress = (address: string): boolean =>
  ipaddr.isValid(address) && specialUse(address) !== undefined;

/**
 * What an address that is not a public unicast one is, in words that follow "is" ("a loopback address"); undefined for a
 * public one. IPv4 in a mapped address or behind the well-known NAT64 prefix is judged in its place; every other form
 * that hides one (6to4, Teredo, compatible, ISATAP, a local NAT64 prefix) is special whatever it hides. What is no address is
 * "no IP address".
 */
export function specialUse(address: string): string | undefined {
  const parsed = parse(address);
  return parsed === undefined ? "no IP address" : useOf(parsed);
}

/** Whether an address, or the IPv4 address in it, lies in a range (`10.2.0.0/16`, or one address). What is no range matches nothing. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const parsed = parse(address);
  return parsed !== undefined && liesIn(parsed, parseRanges(ranges));
}

/** `10.2.0.0/16`, `fd00::/8` or one address; IPv4 in its usual form with four numbers. */
export const isRange = (range: string): boolean => toRange(range) !== undefined;

/** Says what an address is that is neither public nor in `allow` (see `specialUse`); undefined for one that may be used. */
export function createAddressGuard(allow: readonly string[]): (address: string) => string | undefined {
  const ranges = parseRanges(allow);
  return (address) => {
    const parsed = parse(address);
    if (parsed === undefined) return "no IP address";
    const use = useOf(parsed);
    return use === undefined || liesIn(parsed, ranges) ? undefined : use;
  };
}

/** The parser takes `::10.0.0.1`, a compatible address, for a mapped one when it is written with dots. */
function parse(text: string): Address | undefined {
  const exact = text.replace(/^::(?=\d+\.)/, "0:0:0:0:0:0:");
  return ipaddr.isValid(exact) ? ipaddr.parse(exact) : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  unspecified: "an address of this host",
  broadcast: "the broadcast address",
  multicast: "a multicast address",
  linkLocal: "a link-local address",
  loopback: "a loopback address",
  carrierGradeNat: "a carrier's shared address",
  private: "a private address",
  uniqueLocal: "a private address",
  deprecatedSiteLocal: "a private address",
  discard: "a discard address",
  benchmarking: "a benchmark address",
  teredo: "a Teredo tunnel address",
  "6to4": "a 6to4 tunnel address",
  rfc6052: "a local NAT64 address",
};

/** Public by their number, yet answered by the machine's own cloud: Azure's host. */
const METADATA = new Set(["168.63.129.16", "169.254.169.254"]);

function useOf(address: Address): string | undefined {
  if (address instanceof ipaddr.IPv4) {
    if (METADATA.has(address.toString())) return "a cloud's metadata address";
    const range = address.range();
    return range === "unicast" ? undefined : (WORDS[range] ?? "a reserved address");
  }
  const inner = transparent(address);
  if (inner !== undefined) return useOf(inner);
  const range = address.range();
  if (range !== "unicast") return WORDS[range] ?? "a reserved address";
  if (isIsatap(address)) return "an ISATAP tunnel address";
  // Only 2000::/3 has been given out as global unicast.
  return firstPart(address) >> 13 === 1 ? undefined : "a reserved address";
}

const MAPPED = ipaddr.parseCIDR("::ffff:0:0/96");
const NAT64 = ipaddr.parseCIDR("64:ff9b::/96");
const TRANSLATED = ipaddr.parseCIDR("::ffff:0:0:0/96");
const COMPATIBLE = ipaddr.parseCIDR("::/96");
const SIX_TO_FOUR = ipaddr.parseCIDR("2002::/16");

/** The IPv4 address that a packet to this one goes to, wherever it is sent from. */
const transparent = (address: ipaddr.IPv6): ipaddr.IPv4 | undefined =>
  address.match(MAPPED) || address.match(NAT64) ? fourBytes(address, 12) : undefined;

/** The one IPv4 address in a form that hides one. Teredo and local NAT64 prefixes leave open which it is: none. */
function hidden(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const inLast = [MAPPED, NAT64, TRANSLATED, COMPATIBLE].some((range) => address.match(range));
  if (inLast || isIsatap(address)) return fourBytes(address, 12);
  return address.match(SIX_TO_FOUR) ? fourBytes(address, 2) : undefined;
}

const fourBytes = (address: ipaddr.IPv6, from: number): ipaddr.IPv4 =>
  new ipaddr.IPv4(address.toByteArray().slice(from, from + 4));

const firstPart = (address: ipaddr.IPv6): number => address.parts[0] ?? 0;

/** An interface identifier `[02]00:5efe:` and the IPv4 address (RFC 5214). */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean => ((parts[4] ?? 0) & 0xfdff) === 0 && parts[5] === 0x5efe;

function liesIn(address: Address, ranges: readonly Range[]): boolean {
  const inner = address instanceof ipaddr.IPv6 ? hidden(address) : undefined;
  const forms = inner === undefined ? [address] : [address, inner];
  return ranges.some(([network, bits]) =>
    forms.some((form) => form.kind() === network.kind() && form.match(network, bits)),
  );
}

const parseRanges = (ranges: readonly string[]): readonly Range[] =>
  ranges.flatMap((range) => {
    const parsed = toRange(range);
    return parsed === undefined ? [] : [parsed];
  });

/** Not `10/8`, which the parser takes for 0.0.0.10/8. */
function toRange(text: string): Range | undefined {
  const [network = ""] = text.split("/");
  if (!network.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(network)) return undefined;
  if (ipaddr.isValidCIDR(text)) return unmapped(ipaddr.parseCIDR(text));
  const address = parse(text);
  if (address === undefined) return undefined;
  return unmapped([address, address.kind() === "ipv4" ? 32 : 128]);
}

const unmapped = ([network, bits]: Range): Range =>
  network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96
    ? [network.toIPv4Address(), bits - 96]
    : [network, bits];

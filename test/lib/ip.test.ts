/** Which addresses are special, the forms that hide one, and what an allowed range lets through. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createAddressGuard,
  isInRanges,
  isPrivateAddress,
  isRange,
  literalAddress,
  specialUse,
} from "../../src/lib/ip.ts";

describe("an address that is public", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "3ffe::1",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9b::8.8.8.8",
  ])("%s may be used", (address) => {
    expect(specialUse(address)).toBeUndefined();
    expect(isPrivateAddress(address)).toBe(false);
    expect(createAddressGuard([])(address)).toBeUndefined();
  });
});

describe("an address that is special", () => {
  it.each([
    ["127.0.0.1", "a loopback address"],
    ["0.0.0.0", "an address of this host"],
    ["10.1.2.3", "a private address"],
    ["100.64.0.1", "a carrier's shared address"],
    ["169.254.1.1", "a link-local address"],
    ["169.254.169.254", "a cloud's metadata address"],
    ["168.63.129.16", "a cloud's metadata address"],
    ["224.0.0.1", "a multicast address"],
    ["198.18.0.1", "a reserved address"],
    ["255.255.255.255", "the broadcast address"],
    ["::1", "a loopback address"],
    ["fe80::1%eth0", "a link-local address"],
    ["fd00::1", "a private address"],
    ["::ffff:10.0.0.1", "a private address"],
    ["64:ff9b::10.0.0.1", "a private address"],
    ["64:ff9b::a9fe:a9fe", "a cloud's metadata address"],
    ["64:ff9b:1::808:808", "a local NAT64 address"],
    ["2002:808:808::1", "a 6to4 tunnel address"],
    ["2001:0:808:808::1", "a Teredo tunnel address"],
    ["2606:4700::5efe:808:808", "an ISATAP tunnel address"],
    ["2606:4700::200:5efe:808:808", "an ISATAP tunnel address"],
    ["::8.8.8.8", "a reserved address"],
    ["::ffff:0:8.8.8.8", "a reserved address"],
    ["4000::1", "a reserved address"],
    ["no address", "no IP address"],
    ["", "no IP address"],
  ])("%s is %s", (address, use) => {
    expect(specialUse(address)).toBe(use);
    expect(createAddressGuard([])(address)).toBe(use);
  });

  it("is not private when it is none", () => {
    expect(isPrivateAddress("example.com")).toBe(false);
  });
});

describe("an allowed range", () => {
  it.each([
    ["10.2.0.0/16", "10.2.3.4", true],
    ["10.2.0.0/16", "10.3.0.1", false],
    ["10.2.3.4", "10.2.3.4", true],
    ["10.2.3.4", "10.2.3.5", false],
    ["10.0.0.0/8", "::ffff:10.2.3.4", true],
    ["10.0.0.0/8", "::ffff:a02:304", true],
    ["10.0.0.0/8", "::10.2.3.4", true],
    ["10.0.0.0/8", "::ffff:0:10.2.3.4", true],
    ["10.0.0.0/8", "64:ff9b::10.2.3.4", true],
    ["10.0.0.0/8", "2002:a02:304::1", true],
    ["10.0.0.0/8", "fe80::5efe:10.2.3.4", true],
    ["10.0.0.0/8", "2002:c0a8:1::1", false],
    ["10.0.0.0/8", "64:ff9b:1::10.2.3.4", false],
    ["64:ff9b:1::/48", "64:ff9b:1::10.2.3.4", true],
    ["2002::/16", "2002:c0a8:1::1", true],
    ["::ffff:10.0.0.0/104", "10.2.3.4", true],
    ["::ffff:10.2.3.4", "10.2.3.4", true],
    ["fd00::/8", "fd12::1", true],
    ["fd00::/8", "10.2.3.4", false],
    ["::/0", "10.2.3.4", false],
    ["0.0.0.0/0", "127.0.0.1", true],
    ["::1", "::1", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["10/8", "10.2.3.4", false],
    ["0.0.0.0/0", "no address", false],
  ])("%s and %s: %s", (range, address, allowed) => {
    expect(isInRanges(address, [range])).toBe(allowed);
    expect(createAddressGuard([range])(address) === undefined).toBe(allowed);
  });

  it.each([
    ["10.0.0.0/8", true],
    ["10.0.0.1", true],
    ["fd00::/8", true],
    ["::1", true],
    ["10/8", false],
    ["10", false],
    ["0x0a000000/8", false],
    ["010.0.0.0/8", false],
    ["10.0.0.0/33", false],
    ["10.0.0.0/", false],
    ["::/129", false],
    ["localhost", false],
    ["", false],
  ])("may be written %s: %s", (range, valid) => {
    expect(isRange(range)).toBe(valid);
  });
});

it.each([
  ["10.0.0.1", "10.0.0.1"],
  ["[::1]", "::1"],
  ["example.com", undefined],
  ["1e100.net", undefined],
])("the address in the host %s is %s", (host, address) => {
  expect(literalAddress(host)).toBe(address);
});

describe("any IPv4 address", () => {
  const bytes = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const pair = (high = 0, low = 0): string => (high * 256 + low).toString(16);

  it("is the same address however a URL writes it, and in the forms that are looked through", () => {
    fc.assert(
      fc.property(bytes, ([a, b, c, d]) => {
        const dotted = `${a}.${b}.${c}.${d}`;
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const written = [
          String(number),
          `0x${number.toString(16)}`,
          `0${number.toString(8)}`,
          `0x${a.toString(16)}.0${b.toString(8)}.${c * 256 + d}`,
          `${dotted}.`,
        ];
        expect(written.map((host) => new URL(`http://${host}/`).hostname)).toEqual(written.map(() => dotted));
        for (const form of [`::ffff:${dotted}`, `64:ff9b::${pair(a, b)}:${pair(c, d)}`]) {
          expect(specialUse(form)).toBe(specialUse(dotted));
        }
      }),
    );
  });

  it("that is allowed is allowed in every form that hides it, and no other address is", () => {
    fc.assert(
      fc.property(bytes, ([a, b, c, d]) => {
        const guard = createAddressGuard([`${a}.${b}.${c}.${d}`]);
        const low = `${pair(a, b)}:${pair(c, d)}`;
        const forms = [
          `::ffff:${low}`,
          `::ffff:0:${low}`,
          `64:ff9b::${low}`,
          `2002:${low}::1`,
          `fe80::5efe:${low}`,
        ];
        expect(forms.map(guard)).toEqual(forms.map(() => undefined));
        const other = `10.${b ^ 1}.${c}.${d}`;
        expect(guard(other)).toBe("a private address");
        expect(guard(`::ffff:${other}`)).toBe("a private address");
      }),
    );
  });
});

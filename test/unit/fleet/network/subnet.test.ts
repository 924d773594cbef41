// Which addresses of a subnet are whose.
import { describe, expect, it } from "vitest";
import { partOf } from "../../../../components/fleet/network/cidr.ts";
import { planSubnet } from "../../../../components/fleet/network/subnet.ts";

describe("a subnet", () => {
  it.each([
    ["10.201.7.0/24", "10.201.7.0/25", "10.201.7.254"],
    ["172.30.0.0/16", "172.30.0.0/17", "172.30.255.254"],
    ["192.168.9.240/28", "192.168.9.240/29", "192.168.9.254"],
  ])("%s: the engine gives out its lower half, its last address is the proxy's", (...given) => {
    const [subnet, ipRange, proxy] = given;
    expect(planSubnet(subnet)).toEqual({ subnet, ipRange, proxy });
  });

  it.each([
    "10.201.7.0",
    "10.201.7.1/24",
    "10.201.7.0/29",
    "10.0.0.0/15",
    "10.0.0.256/24",
    "fd00::/64",
  ])("%s is refused, with a way on", (cidr) => {
    expect(() => planSubnet(cidr)).toThrow(
      `\`subnet\` "${cidr}" is no IPv4 network of a size between /16 and /28. ` +
        "Give one that is used neither on the hosts nor by what they reach, e.g. `10.201.7.0/24`.",
    );
  });
});

describe("a part of what an engine offers", () => {
  it.each([
    ["172.18.0.0/16", 0, "172.18.0.0/22"],
    ["172.18.0.0/16", 0.9999, "172.18.252.0/22"],
    ["10.0.0.0/8", 0.5, "10.128.0.0/22"],
    ["192.168.16.0/20", 0.3, "192.168.20.0/22"],
    ["192.168.4.0/24", 0.9, "192.168.4.0/24"],
    ["192.168.4.16/28", 0.9, "192.168.4.16/28"],
  ])("of %s at %d is %s", (offer, random, part) => {
    expect(partOf(offer, random)).toBe(part);
  });

  it.each(["192.168.4.0/29", "fd00::/64", "none"])(
    "%s is too small, or of another kind",
    (offer) => {
      expect(partOf(offer)).toBeUndefined();
    },
  );
});

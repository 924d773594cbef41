// Which addresses of a subnet are whose.
import { describe, expect, it } from "vitest";
import { planSubnet } from "../../../components/fleet/resources/subnet.ts";

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

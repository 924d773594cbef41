/** Addresses that are known before anything runs: links then need no name server. Pure. */
import * as pulumi from "@pulumi/pulumi";
import { SIZES, dotted, parseCidr } from "./cidr.ts";

/** How a subnet is used. */
export interface Subnet {
  /** All of it, e.g. `10.201.7.0/24`. */
  subnet: string;
  /** Its lower half, which the engine gives out. */
  ipRange: string;
  /** Its last address, which is always the proxy's. */
  proxy: string;
}

/**
 * Divides `cidr` between the proxy and everybody else.
 * @throws pulumi.RunError if it is no IPv4 network of a size between /16 and /28.
 */
export function planSubnet(cidr: string): Subnet {
  const { first, bits } = parseCidr(cidr) ?? { first: 0, bits: 0 };
  if (bits < SIZES.largest || bits > SIZES.smallest) {
    const { largest, smallest } = SIZES;
    throw new pulumi.RunError(
      `\`subnet\` "${cidr}" is no IPv4 network of a size between /${largest} and /${smallest}. ` +
        "Give one that is used neither on the hosts nor by what they reach, e.g. `10.201.7.0/24`.",
    );
  }
  return {
    subnet: cidr,
    ipRange: `${dotted(first)}/${bits + 1}`,
    proxy: dotted(first + 2 ** (32 - bits) - 2),
  };
}

/** As the provider's network takes it. */
export function ipamConfig({ subnet, ipRange }: Subnet) {
  return { subnet, ipRange };
}

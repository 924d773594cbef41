/** A stack's network with addresses that are known beforehand: links then need no name server. Pure. */
import * as pulumi from "@pulumi/pulumi";

/** How a subnet is used. */
export interface Subnet {
  /** All of it, e.g. `10.201.7.0/24`. */
  subnet: string;
  /** Its lower half, which the engine gives out. */
  ipRange: string;
  /** Its last address, which is always the proxy's. */
  proxy: string;
}

const SIZES = { largest: 16, smallest: 28 };

/**
 * Divides `cidr` between the proxy and everybody else.
 * @throws if it is no IPv4 network of a size between /16 and /28.
 */
export function planSubnet(cidr: string): Subnet {
  const [, address = "", length = ""] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  const [bytes, bits] = [address.split(".").map(Number), Number(length)];
  const size = 2 ** (32 - bits);
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const isNetwork = bytes.length === 4 && bytes.every((byte) => byte < 256) && first % size === 0;
  if (!isNetwork || bits < SIZES.largest || bits > SIZES.smallest) {
    const { largest, smallest } = SIZES;
    throw new pulumi.RunError(
      `\`subnet\` "${cidr}" is no IPv4 network of a size between /${largest} and /${smallest}. ` +
        "Give one that is used neither on the hosts nor by what they reach, e.g. `10.201.7.0/24`.",
    );
  }
  return {
    subnet: cidr,
    ipRange: `${address}/${bits + 1}`,
    proxy: dotted(first + size - 2),
  };
}

/** As the provider's network takes it. */
export function ipamConfig({ subnet, ipRange }: Subnet) {
  return { subnet, ipRange };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

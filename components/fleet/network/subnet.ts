/** Addresses that are known before anything runs: links then need no name server. Pure. */
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

/** Lengths of the smallest and the largest prefix that a fleet can use. */
const SIZES = { largest: 16, smallest: 28 };

/** What is chosen where there is room: half of it for about 250 replicas and those that replace them. */
const ENOUGH = 22;

/**
 * Divides `cidr` between the proxy and everybody else.
 * @throws pulumi.RunError if it is no IPv4 network of a size between /16 and /28.
 */
export function planSubnet(cidr: string): Subnet {
  const { first, bits } = parse(cidr) ?? { first: 0, bits: 0 };
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

/**
 * A part of `cidr` that is large enough for a fleet, at a random place: two stacks that are offered the same
 * network at the same time hardly take the same part. All of it if it is small.
 * @param random from 0 to below 1.
 * @returns undefined if it is too small, or no IPv4 network.
 */
export function partOf(cidr: string, random = Math.random()): string | undefined {
  const whole = parse(cidr);
  if (whole === undefined || whole.bits > SIZES.smallest) return undefined;
  if (whole.bits >= ENOUGH) return cidr;
  const parts = 2 ** (ENOUGH - whole.bits);
  return `${dotted(whole.first + Math.floor(random * parts) * 2 ** (32 - ENOUGH))}/${ENOUGH}`;
}

/** As the provider's network takes it. */
export function ipamConfig({ subnet, ipRange }: Subnet) {
  return { subnet, ipRange };
}

/** Undefined if it is no IPv4 network. */
function parse(cidr: string): { first: number; bits: number } | undefined {
  const [, address = "", length = ""] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  const [bytes, bits] = [address.split(".").map(Number), Number(length)];
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const isNetwork =
    bytes.length === 4 &&
    bits <= 32 &&
    bytes.every((byte) => byte < 256) &&
    first % 2 ** (32 - bits) === 0;
  return isNetwork ? { first, bits } : undefined;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

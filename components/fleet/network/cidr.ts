/** IPv4 networks as text, and which part of one a fleet takes. Without Pulumi's SDK, for the process that chooses. Pure. */

/** Lengths of the smallest and the largest prefix that a fleet can use. */
export const SIZES = { largest: 16, smallest: 28 };

/** What is chosen where there is room: half of it for about 250 replicas and those that replace them. */
const ENOUGH = 22;

/**
 * A part of `cidr` that is large enough for a fleet, at a random place: two stacks that are offered the same
 * network at the same time hardly take the same part. All of it if it is small.
 * @param random from 0 to below 1.
 * @returns undefined if it is too small, or no IPv4 network.
 */
export function partOf(cidr: string, random = Math.random()): string | undefined {
  const whole = parseCidr(cidr);
  if (whole === undefined || whole.bits > SIZES.smallest) return undefined;
  if (whole.bits >= ENOUGH) return cidr;
  const parts = 2 ** (ENOUGH - whole.bits);
  return `${dotted(whole.first + Math.floor(random * parts) * 2 ** (32 - ENOUGH))}/${ENOUGH}`;
}

/** Its first address as a number, and the length of its prefix; undefined if it is no IPv4 network. */
export function parseCidr(cidr: string): { first: number; bits: number } | undefined {
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

/** An address from its number. */
export function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

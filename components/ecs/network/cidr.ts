/** Networks within networks, by address arithmetic. Pure. */
import { networkOf } from "../../hosts/ec2/network.ts";

/**
 * A network within another one.
 * @param cidr of the whole. @example "10.0.0.0/16"
 * @param length of the part's prefix, in bits.
 * @param index of the part, from 0.
 * @example subnetOf("10.0.0.0/16", 20, 1) // "10.0.16.0/20"
 * @example subnetOf("2001:db8::/56", 64, 8) // "2001:db8:0:8::/64"
 */
export function subnetOf(cidr: string, length: number, index: number): string {
  const [address = ""] = cidr.split("/");
  const isV6 = address.includes(":");
  const [bits, width, radix, dot] = isV6 ? [128, 16, 16, ":"] : [32, 8, 10, "."];
  const whole = partsOf(address).reduce((sum, part) => (sum << BigInt(width)) + BigInt(part), 0n);
  const first = whole + (BigInt(index) << BigInt(bits - length));
  const parts = Array.from({ length: bits / width }, (_, at) => {
    const shift = BigInt(bits - width * (at + 1));
    return ((first >> shift) & ((1n << BigInt(width)) - 1n)).toString(radix);
  });
  return networkOf(`${parts.join(dot)}/${length}`);
}

function partsOf(address: string): number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [head = [], tail = []] = address
    .split("::")
    .map((side) => side.split(":").filter((part) => part !== ""));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((part) => Number.parseInt(part, 16));
}

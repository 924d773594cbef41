/** Networks (CIDR) as AWS writes them: others it refuses, or takes for another one. Pure. */

/**
 * A network by its first address, and in its short form.
 * @param cidr one that is valid. @example "203.0.113.7/24"
 * @example "203.0.113.0/24"
 */
export function networkOf(cidr: string): string {
  const [address = "", length = ""] = cidr.split("/");
  const isV6 = address.includes(":");
  const width = isV6 ? 16 : 8;
  const parts = isV6 ? groupsOf(address) : address.split(".").map(Number);
  const first = parts.map((part, at) => {
    const free = width - Math.min(Math.max(Number(length) - at * width, 0), width);
    return (part >> free) << free;
  });
  return `${isV6 ? short(first.map((part) => part.toString(16)).join(":")) : first.join(".")}/${length}`;
}

/** The eight parts of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [before = "", after = ""] = short(address).split("::");
  const [head, tail] = [before, after].map((side) => (side === "" ? [] : side.split(":")));
  const zeros = Array.from({ length: 8 - (head?.length ?? 0) - (tail?.length ?? 0) }, () => "0");
  return [...(head ?? []), ...zeros, ...(tail ?? [])].map((part) => Number.parseInt(part, 16));
}

/** An IPv6 address in the one short form: URLs have it. */
function short(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

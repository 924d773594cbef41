/** What a container listens on, read from the kernel's tables `/proc/net/tcp` and `tcp6`. Pure. */
import { byName } from "../order.ts";

/** A TCP port that something listens on. */
export interface Listener {
  /** `0.0.0.0` and `::` are all addresses. */
  address: string;
  port: number;
}

/** The kernel's number for the state LISTEN. */
const LISTEN = "0A";
/** The engine's own name server, in every container of a network. */
const ENGINE_DNS = "127.0.0.11";

/**
 * The listeners in the text of one or both tables, one each, by port. Lines look like
 * `0: 0100007F:1F90 00000000:0000 0A …`: address and port in hexadecimal, then the state.
 */
export function parseListeners(tables: string): Listener[] {
  const found = new Map<string, Listener>();
  for (const line of tables.split("\n")) {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /.exec(line);
    if (match?.[1] === undefined || match[2] === undefined || match[3] !== LISTEN) continue;
    const listener = { address: parseAddress(match[1]), port: Number.parseInt(match[2], 16) };
    if (listener.address === ENGINE_DNS) continue;
    found.set(`${listener.address} ${listener.port}`, listener);
  }
  return [...found.values()].sort((x, y) => x.port - y.port || byName(x.address, y.address));
}

/** True for an address that only the container itself can reach. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** `8080`, or `127.0.0.1:8080` where not all addresses are meant. */
export function describeListener({ address, port }: Listener): string {
  if (address === "0.0.0.0" || address === "::") return String(port);
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Each group of four bytes is a number of the machine's own byte order: little endian. */
function parseAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  if (mapped && bytes[11] === 255) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  // A URL writes an address in its shortest form.
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

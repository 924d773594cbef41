/** Which services two replicas of cannot live on one machine. */
import type { ServiceArgs } from "../args.ts";
import type { Role } from "../types.ts";

/**
 * Why two replicas of a service cannot live beside each other, as the end of a sentence; `undefined`
 * if they can. Such a service has one replica and is released stop-first.
 * @example singleBecause({ role: "cache" }) // "is a cache"
 */
export function singleBecause(
  service: { role: Role } & Pick<Partial<ServiceArgs>, "volume" | "networkMode" | "port">,
): string | undefined {
  const { role, volume = [], networkMode, port } = service;
  if (role === "cache") return "is a cache";
  if ([volume].flat().length > 0) return "has a volume";
  const isOnHost = networkMode === "host" && port !== undefined;
  return isOnHost ? "has a port on the host's network" : undefined;
}

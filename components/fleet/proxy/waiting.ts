/** Waits for what only the proxy can see: connections that end, servers that come up. */
import { setTimeout as pause } from "node:timers/promises";
import type { ProxyControl } from "./control.ts";
import type { SlotName } from "../types.ts";
import { isUp } from "./runtime-api.ts";

/**
 * Waits until a slot (or one of its servers) has no connections left.
 * @param until milliseconds since the epoch; connections that are open then are not waited for.
 * @returns how many connections were still open.
 */
export async function untilQuiet(
  proxy: ProxyControl,
  service: string,
  slot: SlotName,
  until: number,
  index?: number,
): Promise<number> {
  // Twice in a row: between two requests of a busy moment a single look may see none.
  for (let quiet = 0; ;) {
    const all = await proxy.servers(service, slot);
    const servers = index === undefined ? all : all.slice(index, index + 1);
    const sessions = servers.reduce((sum, server) => sum + server.sessions, 0);
    quiet = sessions === 0 ? quiet + 1 : 0;
    if (quiet === 2) return 0;
    if (Date.now() > until) return sessions;
    await pause(200);
  }
}

/**
 * Lets a slot's replicas take requests again, and waits until they are up or `until` has come.
 * @param count of its replicas.
 * @param restarted those that have just been stopped and started again: what the proxy knows of them is old.
 */
export async function untilUp(
  proxy: ProxyControl,
  service: string,
  slot: SlotName,
  count: number,
  until: number,
  restarted: number[] = [],
): Promise<void> {
  for (let index = 0; index < count; index++) {
    await proxy.setServer(service, slot, index, "ready");
  }
  if (restarted.length > 0) await proxy.doubt(service, slot, restarted);
  for (;;) {
    const now = await proxy.servers(service, slot);
    if (now.slice(0, count).every(isUp) || Date.now() > until) return;
    await pause(100);
  }
}

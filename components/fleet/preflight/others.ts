/** Whether another release is in progress on a host: then nothing is created there yet. */
import type { ContainerView, ReleaseHost } from "../../engine/host.ts";
import { StaleState } from "../state/fence.ts";
import { HostLocked, lockedBy } from "../state/lock.ts";
import { HOLDER_FILE, RECORD_FOLDER, readRecord } from "../state/record.ts";

/** Milliseconds between two looks. */
const LOOK = 500;

export interface Patience {
  /** Seconds to wait for another release to end. */
  wait: number;
  log: (line: string) => void;
}

/**
 * Waits until nobody releases the stack on the host. The release takes the lock itself later; this only
 * keeps an update that would be refused then from creating anything first.
 * @throws HostLocked if another release is still in progress after `wait` seconds.
 * @throws StaleState if one came meanwhile: this update was planned without it.
 */
export async function untilAlone(
  host: ReleaseHost,
  stack: string,
  { wait, log }: Patience,
): Promise<void> {
  let keeper = await lockKeeper(host, stack);
  if (keeper === undefined) return;
  const before = (await readRecord(host, keeper.name)).state?.settled;
  const holder = (await host.readFile(keeper.name, `${RECORD_FOLDER}/${HOLDER_FILE}`)) ?? "";
  const locked = lockedBy(host.name, holder);
  if (wait > 0) log(`${locked.holder} releases on ${host.name}: waiting up to ${wait} s`);
  const until = Date.now() + wait * 1000;
  while (keeper !== undefined) {
    if (Date.now() > until) throw new HostLocked(locked.message);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    keeper = await lockKeeper(host, stack);
  }
  const proxies = (await host.list(stack)).filter(isProxy);
  const records = await Promise.all(proxies.map(({ name }) => readRecord(host, name)));
  const settled = records.map(({ state }) => state?.settled).find((each) => each !== undefined);
  if (settled === before) return;
  throw new StaleState(
    `While this update waited, another release (${settled}) came to host \`${host.name}\`, and this one was ` +
      "planned without it. Nothing was changed. Run it again.",
  );
}

async function lockKeeper(host: ReleaseHost, stack: string): Promise<ContainerView | undefined> {
  const views = await host.list(stack);
  return views.find(({ running, labels }) => running && labels["longshore.helper"] === "lock");
}

function isProxy({ labels }: ContainerView): boolean {
  return labels["longshore.role"] === "proxy";
}

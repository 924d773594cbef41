/** Maintenance mode of one host: visitors get a page, until it is switched off again. */
import type { ReleaseHost } from "../../engine/host.ts";
import { HeldHost } from "../state/held-host.ts";
import { lockHost, ownHolder } from "../state/lock.ts";
import { type Claim, checkOwner, readRecord } from "../state/record.ts";
import { withinLimits } from "../proxy/pages.ts";
import { ProxyControl } from "../proxy/control.ts";
import { type Maintenance, maintenanceFaults } from "../../releases/maintenance.ts";

/**
 * Switches maintenance mode of one host on or off. It outlives releases and restarts of the proxy;
 * services go on running and calling each other.
 * @param proxy the stack's proxy container there.
 * @param wanted undefined switches it off.
 * @param owner the stack, and the identity of its state.
 * @throws HostLocked if a release is in progress; ForeignStack if the host belongs to another state; an Error if nothing was ever released there.
 */
export async function setMaintenance(
  host: ReleaseHost,
  proxy: string,
  wanted: Maintenance | undefined,
  owner: { stack: string; identity?: string },
): Promise<void> {
  const faults = maintenanceFaults(wanted);
  if (faults.length > 0) throw new Error(`${faults.join("\n")}\nNothing was changed.`);
  const lock = await lockHost(host, proxy, ownHolder());
  try {
    const held = new HeldHost(host, lock);
    const record = await readRecord(held, proxy);
    const claim: Claim = { ...owner, identity: owner.identity, released: true, takeOver: false };
    checkOwner(host.name, claim, { ...record, containers: [] });
    const { state } = record;
    if (state === undefined) {
      throw new Error(
        `Nothing was released on host \`${host.name}\` yet: run \`longshore up\` first.`,
      );
    }
    const control = new ProxyControl(held, state.proxy ?? proxy);
    const next = { ...state };
    if (wanted === undefined) delete next.maintenance;
    else next.maintenance = wanted;
    await control.setMaintenance(withinLimits(state), next);
  } finally {
    await lock.close();
  }
}

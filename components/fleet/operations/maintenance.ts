/** What one host tells whoever comes: a page during maintenance, and load balancers whether to send requests. */
import type { ReleaseHost } from "../../engine/host.ts";
import { HeldHost } from "../state/held-host.ts";
import { lockHost, ownHolder } from "../state/lock.ts";
import { type Claim, checkOwner, readRecord } from "../state/record.ts";
import { withinLimits } from "../proxy/pages.ts";
import { ProxyControl } from "../proxy/control.ts";
import { type Maintenance, maintenanceFaults } from "../../releases/maintenance.ts";
import type { HostState } from "../types.ts";

/** The stack, and the identity of its state. */
interface Owner {
  stack: string;
  identity?: string;
}

/**
 * Switches maintenance mode of one host on or off. It outlives releases and restarts of the proxy;
 * services go on running and calling each other.
 * @param proxy the stack's proxy container there.
 * @param wanted undefined switches it off.
 * @throws HostLocked if a release is in progress; ForeignStack if the host belongs to another state; an Error if nothing was ever released there.
 */
export async function setMaintenance(
  host: ReleaseHost,
  proxy: string,
  wanted: Maintenance | undefined,
  owner: Owner,
): Promise<void> {
  const faults = maintenanceFaults(wanted);
  if (faults.length > 0) throw new Error(`${faults.join("\n")}\nNothing was changed.`);
  await tell(host, proxy, owner, ({ maintenance: _, ...state }) =>
    wanted === undefined ? state : { ...state, maintenance: wanted },
  );
}

/**
 * Tells load balancers to send requests to other hosts, or to come again. It outlives releases and restarts of the proxy;
 * whoever comes all the same is served.
 * @param since ISO 8601; undefined ends it.
 * @throws as `setMaintenance`.
 */
export async function setDraining(
  host: ReleaseHost,
  proxy: string,
  since: string | undefined,
  owner: Owner,
): Promise<void> {
  await tell(host, proxy, owner, ({ draining: _, ...state }) =>
    since === undefined ? state : { ...state, draining: since },
  );
}

async function tell(
  host: ReleaseHost,
  proxy: string,
  owner: Owner,
  change: (state: HostState) => HostState,
): Promise<void> {
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
    await control.setMaintenance(withinLimits(state), change(state));
  } finally {
    await lock.close();
  }
}

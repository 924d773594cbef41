/** What a release gives containers before it starts them. */
import type { ContainerView, ReleaseHost } from "../../engine/host.ts";
import { DEFAULTS } from "../../services/defaults.ts";
import type { HostRequest } from "../types.ts";
import type { HostPlan } from "./plan/planner.ts";

/** Sets limits that the provider cannot create containers with. @param found those that run have theirs. */
export async function setLimits(
  host: ReleaseHost,
  request: HostRequest,
  { changes }: HostPlan,
  found: readonly ContainerView[],
): Promise<void> {
  const running = new Set(found.filter((view) => view.running).map((view) => view.name));
  for (const { service } of changes) {
    const { name, pidsLimit = DEFAULTS.app.pidsLimit } = service;
    const fresh = (request.containers[name] ?? []).filter((container) => !running.has(container));
    await Promise.all(fresh.map((container) => host.limitPids(container, pidsLimit)));
  }
}

/** The same for the proxy and the forwarder, whether they run or not: they need few. */
export async function limitWayIn(
  host: ReleaseHost,
  { proxy, forwarder }: HostRequest,
): Promise<void> {
  const limit = DEFAULTS.app.pidsLimit;
  await Promise.all([proxy, forwarder].map((container) => host.limitPids(container, limit)));
}

/** Puts the secrets of containers that do not serve yet into their volumes. */
export async function fillSecrets(
  host: ReleaseHost,
  request: HostRequest,
  { changes }: HostPlan,
): Promise<void> {
  const fresh = new Set(changes.flatMap((change) => change.fresh));
  for (const { volume, container, files } of request.secrets) {
    if (fresh.has(container)) await host.fillVolume(volume, container, files);
  }
}

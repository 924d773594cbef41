/** Takes back what a release did on one host, as far as it came. */
import type { HostRelease } from "./host-release.ts";
import { listening, other, withoutCanary } from "./plan/planner.ts";
import type { HostState } from "../types.ts";
import { untilUp } from "../proxy/waiting.ts";

/** Back to what served before; whoever has the host's lock may still change it. */
export async function undo(release: HostRelease): Promise<void> {
  release.host.takeBack();
  await goBack(release);
  await release.unholdAll();
}

/** Services of other hosts are found where they were. */
export async function followBefore(release: HostRelease): Promise<void> {
  release.host.takeBack();
  if (release.isPlanned) await release.control.follow(release.plan.current);
}

/**
 * Sends requests to the old version again where it still runs beside the new one. `undo` does the rest, and may
 * take longer.
 */
export async function serveOld({ plan, control, stopped }: HostRelease): Promise<void> {
  const ready = plan.changes.filter(
    ({ old }) => old.length > 0 && !old.some((name) => stopped.has(name)),
  );
  if (ready.length === 0) return;
  const services = { ...control.loaded.services };
  for (const { service } of ready) {
    const [before, loaded] = [plan.current.services[service.name], services[service.name]];
    if (before === undefined || loaded === undefined) continue;
    services[service.name] = { ...withoutCanary(loaded), active: before.active };
  }
  await control.switchTo({ ...control.loaded, services }, listening(ready));
}

/** The old runs, is switched to, and the new ends its requests and stops; the proxy of before is back. */
async function goBack(release: HostRelease): Promise<void> {
  const { host, control, stopped } = release;
  if (release.isPlanned) {
    const { changes, current } = release.plan;
    const before: HostState = {
      ...current,
      release: control.loaded.release,
      ...control.wayIn,
      services: Object.fromEntries(
        Object.entries(current.services).map(([name, state]) => [name, withoutCanary(state)]),
      ),
    };
    const stopFresh = (change: (typeof changes)[number]) =>
      Promise.all(change.fresh.map((name) => host.stop(name, change.service.stopGrace)));
    // Two replicas of these cannot live: the new one goes first.
    for (const change of changes.filter((each) => each.service.order === "stop-first")) {
      if (!change.old.some((name) => stopped.has(name))) continue;
      // After its switch they do not wait any more.
      if (change.service.endpoint !== undefined) await release.hold(change.service.name);
      await stopFresh(change);
    }
    await Promise.all([...stopped.keys()].map((name) => host.start(name)));
    for (const change of new Set(stopped.values())) {
      const { name, endpoint, deadline } = change.service;
      if (endpoint === undefined) continue;
      const slot = other(change.slot);
      const servers = current.services[name]?.[slot]?.servers ?? [];
      const back = [...servers.keys()].filter((index) => stopped.has(servers[index] ?? ""));
      const until = Date.now() + deadline * 1000;
      await untilUp(control.proxy, name, slot, servers.length, until, back);
    }
    await control.switchTo(switchedBack(before, control.loaded), listening(changes));
    for (const name of [...release.held]) await release.unhold(name);
    const touched = changes.filter((change) => change.fresh.length > 0 && change.old.length > 0);
    await Promise.all(touched.map((change) => control.quiet(change.service, change.slot)));
    await control.apply(before);
    await Promise.all(changes.map(stopFresh));
  }
  if (release.replaced !== undefined) await control.replace(release.replaced);
  // The engine does not let go of a network that somebody is in.
  for (const { container, network } of release.joined)
    await host.networks.leave(container, network);
}

/** What is loaded now, with the slots of before serving: what is loaded beside them is told apart later. */
function switchedBack(before: HostState, loaded: HostState): HostState {
  const services = Object.entries(before.services).map(([name, state]) => [
    name,
    { ...withoutCanary(loaded.services[name] ?? state), active: state.active },
  ]);
  const { certificate } = loaded;
  return {
    ...before,
    certificate,
    services: Object.fromEntries(services) as HostState["services"],
  };
}

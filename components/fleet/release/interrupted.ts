/** What an interrupted release left half-done on a host is brought to an end before the next one begins. */
import type { ServingProxy } from "./serving-proxy.ts";
import type { ReleaseHost } from "../../engine/host.ts";
import { leftOver, other, strandedCanaries, withoutCanary } from "./plan/planner.ts";
import { withinLimits } from "../proxy/pages.ts";
import type { HostRequest, ReleaseRequest } from "../types.ts";
import { untilQuiet, untilUp } from "../proxy/waiting.ts";
import type { Log } from "../../output/log.ts";

/** The most that a replica which serves may need to be up again, in milliseconds. */
const PATIENCE = 60_000;

export async function clearHalfDone(
  control: ServingProxy,
  release: ReleaseRequest,
  own: HostRequest,
  host: ReleaseHost,
  log: Log,
): Promise<void> {
  const { proxy } = control;
  control.loaded = withinLimits(control.loaded);
  const resume = async () => {
    for (const name of await proxy.held()) await proxy.resume(name);
  };
  // Each is a command in the proxy's container, and none needs another.
  await Promise.all([proxy.clearPrepared(), resume(), proxy.tellMaintenance(control.loaded)]);
  if ((await control.resync()) === "reloaded") {
    log(`proxy on ${host.name} reloaded: an interrupted release had not told it all`);
  }
  for (const name of strandedCanaries(release, own, control.loaded)) {
    log(`${name}: an interrupted release on ${host.name} is rolled back first`);
    await endCanary(control, host, name, release.settings.drainTimeout);
  }
  await drainLeftOver(control, release, own, log);
}

/** The serving slot's replicas run, and every request goes to them. */
async function endCanary(
  control: ServingProxy,
  host: ReleaseHost,
  name: string,
  drain: number,
): Promise<void> {
  const state = control.loaded.services[name];
  if (state === undefined) return;
  const { proxy } = control;
  const replicas = state[state.active]?.servers ?? [];
  const views = await Promise.all(replicas.map((replica) => host.inspect(replica)));
  await Promise.all(replicas.map((replica) => host.start(replica)));
  const restarted = [...replicas.keys()].filter((index) => views[index]?.running !== true);
  const until = Date.now() + PATIENCE;
  await untilUp(proxy, name, state.active, replicas.length, until, restarted);
  const services = { ...control.loaded.services, [name]: withoutCanary(state) };
  control.loaded = { ...control.loaded, services };
  await proxy.setWeight(control.loaded, name);
  await untilQuiet(proxy, name, other(state.active), Date.now() + drain * 1000);
}

/** Lets old replicas end their requests where a killed release had switched and not waited. */
async function drainLeftOver(
  control: ServingProxy,
  release: ReleaseRequest,
  own: HostRequest,
  log: Log,
): Promise<void> {
  const services = leftOver(release, own, control.loaded);
  if (services.length === 0) return;
  const next = { ...control.loaded, services: { ...control.loaded.services } };
  await Promise.all(
    services.map(async ({ name, drain, endpoint }) => {
      const state = control.loaded.services[name];
      if (state === undefined) return;
      const rest = other(state.active);
      next.services[name] = { ...state, [rest]: null };
      if (endpoint === undefined) return;
      log(`${name}: replicas that an interrupted release left finish in-flight requests`);
      await untilQuiet(control.proxy, name, rest, Date.now() + drain * 1000);
    }),
  );
  await control.apply(next);
}

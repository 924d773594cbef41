/** identidock on machines. */
import { Fleet, proxyContext, readServing } from "./components/fleet/index.ts";
import { machineContext } from "./components/hosts/index.ts";
import { type FleetSettings, chooseHosts } from "./hosts.ts";
import type { Runtime } from "./runtime.ts";

/** Looks at the machines first: no engine or a taken port stops here. */
export async function onFleet(settings: FleetSettings, stack: string): Promise<Runtime> {
  const place = await chooseHosts(settings, stack);
  const serving = await readServing(place.inspected);
  return {
    proxyContext,
    repository: (path) => `${settings.registry}/${path}`,
    run: (services, build) => {
      const image = services.proxy?.image;
      if (image === undefined) throw new Error("The proxy has no image.");
      const declared = place.declare({
        machine: () => build("machine", machineContext),
        proxy: () => image.ref,
      });
      const fleet = new Fleet("identidock", { services, hosts: declared.hosts, stack, serving });
      return {
        url: declared.url(fleet.urls),
        statusPage: `http://127.0.0.1:${settings.statusPort}`,
        release: fleet.report,
      };
    },
  };
}

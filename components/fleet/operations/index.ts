/** What the command line can ask of a fleet. */
import { dockerClient } from "../../engine/client.ts";
import type { Operations } from "../../releases/operations.ts";
import type { ReleaseRequest } from "../types.ts";
import { auditHost } from "./audit/host.ts";
import { execIn } from "./exec.ts";
import { logOf } from "./logs.ts";
import { setDraining, setMaintenance } from "./maintenance.ts";
import { pickReplica, replicasOf, viewHosts, viewOf } from "./replicas.ts";
import { runLikeReplica } from "./run-once.ts";
import { statusOf } from "./status.ts";

/** @param told what the last release was told, see `readRequest`. */
export function fleetOperations(told: ReleaseRequest): Operations {
  const { hosts, stack } = told;
  const view = () => viewHosts(hosts, stack);
  return {
    async status() {
      const found = await Promise.all((await view()).map(statusOf));
      return {
        hosts: found.map(({ host }) => host),
        replicas: found.flatMap(({ replicas }) => replicas),
      };
    },
    async missing() {
      const all = replicasOf(await view(), undefined);
      return all.filter((one) => one.view === undefined).map(({ container }) => container);
    },
    async logs(service) {
      return replicasOf(await view(), service).map(logOf);
    },
    async exec(request) {
      return execIn(pickReplica(await view(), request.service, request.host), request);
    },
    async runOnce(request) {
      const replica = pickReplica(await view(), request.service, request.host);
      return runLikeReplica(replica, request, stack);
    },
    async maintenance() {
      return (await view()).map(({ request, state }) => ({
        host: request.name,
        maintenance: state?.maintenance ?? null,
      }));
    },
    async setMaintenance(wanted) {
      return Promise.all(
        (await view()).map(async ({ request, proxy }) => {
          await setMaintenance(proxy.host, request.proxy, wanted, told);
          return { host: request.name, maintenance: wanted ?? null };
        }),
      );
    },
    async setDraining(name, since) {
      const { request, proxy } = await viewOf(hosts, name, stack);
      await setDraining(proxy.host, request.proxy, since, told);
    },
    async visitors(name) {
      return (await viewOf(hosts, name, stack)).proxy.visitors();
    },
    async audit() {
      return (await Promise.all(hosts.map((host) => auditHost(host, stack)))).flat();
    },
    platforms() {
      return Promise.all(
        hosts.map(async ({ name: host, dockerHost }) => {
          const { Os, Arch } = await dockerClient(dockerHost).version();
          return { host, platform: `${Os}/${Arch}` };
        }),
      );
    },
  };
}

/** identidock on a cluster of Amazon ECS. */
import {
  EcrRepository,
  EcsCluster,
  EcsNetwork,
  EcsSystem,
  helperContext,
  readServing,
} from "./components/ecs/index.ts";
import type { Runtime } from "./runtime.ts";
import type { Settings } from "./settings.ts";

type EcsSettings = Omit<Settings, "hosts"> & { hosts: Extract<Settings["hosts"], { kind: "ecs" }> };

/** A registry of Amazon ECR: its repositories are made by the stack. */
const ECR = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

/** Asks AWS first what runs of this stack. */
export async function onEcs({ hosts, registry }: EcsSettings): Promise<Runtime> {
  const serving = await readServing();
  return {
    proxyContext: undefined,
    repository: (path) =>
      ECR.test(registry)
        ? new EcrRepository(path.replaceAll("/", "-"), { repository: path }).url
        : `${registry}/${path}`,
    run: (services, build) => {
      const network = new EcsNetwork("identidock", { zones: hosts.zones });
      const cluster = new EcsCluster("identidock", {
        network,
        capacity: hosts.capacity,
        executeCommand: hosts.exec,
      });
      const system = new EcsSystem("identidock", {
        ...{ services, cluster, serving },
        helperImage: build("ecs-helper", helperContext),
        ...(hosts.domain === undefined ? {} : { domain: hosts.domain }),
        ...(hosts.elastiCache ? { elastiCache: { redis: "cache.t4g.micro" } } : {}),
      });
      return { url: system.url, statusPage: undefined, release: undefined };
    },
  };
}

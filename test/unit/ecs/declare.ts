/** Parts of ECS stacks under mocks: with what they must say, and with all that they can say. */
import { app, cache, defineServices, proxy } from "../../../components/services/index.ts";
import { type LookUp, type Registered, mockPulumi } from "../../support/program.ts";
import { untilAll } from "../hosts/ec2/declare.ts";

const IMAGE = { ref: `registry.example/app@sha256:${"0".repeat(64)}`, tag: "1" };
const ARN = "arn:aws:%:eu-central-1:123456789012:";
export const arnOf = (service: string, resource: string) =>
  `${ARN.replace("%", service)}${resource}`;
export const CERTIFICATE = arnOf("acm", "certificate/01234567-89ab-cdef-0123-456789abcdef");
export const TOPIC = arnOf("sns", "alarms");

/** What one declaration registers and looks up. */
export interface Declaration {
  resources: Registered[];
  lookUps: LookUp[];
}

type Parts = Awaited<ReturnType<typeof loadParts>>;

const lookUps: LookUp[] = [];
let registered: Registered[] | undefined;

/** Declares parts. Mocks are one for a process. */
export async function declared(declare: (parts: Parts) => void): Promise<Declaration> {
  registered ??= await mockPulumi("shop", "prod", false, lookUps);
  const [resources, asked] = [registered.length, lookUps.length];
  declare(await loadParts());
  await untilAll(registered);
  return { resources: registered.slice(resources), lookUps: lookUps.slice(asked) };
}

async function loadParts() {
  return {
    ...(await import("../../../components/ecs/network/index.ts")),
    ...(await import("../../../components/ecs/cluster/index.ts")),
    ...(await import("../../../components/ecs/entry/index.ts")),
    ...(await import("../../../components/ecs/registry/index.ts")),
    ...(await import("../../../components/ecs/observe/index.ts")),
  };
}

/** A system with a proxy before two services. @param more of the proxy. */
export function system(more: Partial<Parameters<typeof proxy>[0]> = {}) {
  return defineServices({
    entry: proxy({
      routes: [
        { domain: "shop.example.com", path: "/api", to: "api:admin" },
        { domain: "shop.example.com", when: { header: "X-Variant", value: "b" }, to: "api" },
        { to: "web" },
      ],
      ...more,
    }),
    web: app({
      ...{ image: IMAGE, port: 8080, drain: 20, sticky: { cookie: "replica" } },
      healthCheck: { path: "/health", status: [200, 204], interval: 10, timeout: 3, successes: 3 },
    }),
    api: app({ image: IMAGE, port: 8000, ports: { admin: 8001 } }),
    store: cache({ image: IMAGE, port: 6379 }),
  });
}

/** A stack on Fargate with what must be said, and no more. */
export const declareLeast = () =>
  declared((parts) => {
    const network = new parts.EcsNetwork("shop");
    new parts.EcsCluster("shop", { network });
    const loadBalancer = new parts.EcsLoadBalancer("shop", { network, services: system() });
    new parts.EcrRepository("app");
    new parts.EcsLogs("shop", { services: ["web", "api", "store"] });
    const services = { web: "shop-prod-web", store: "shop-prod-store" };
    const clusterName = "shop-cluster-0000000";
    new parts.EcsAlarms("shop", { topicArn: TOPIC, clusterName, services, loadBalancer });
    new parts.EcsDashboard("shop", {
      ...{ region: "eu-central-1", clusterName, services, loadBalancer },
      logGroups: ["/longshore/shop/prod/web"],
    });
  });

/** A stack on machines with everything that can be said. */
export const declareMost = () =>
  declared((parts) => {
    const tags = { team: "shop" };
    const network = new parts.EcsNetwork("shop-all", {
      ...{ zones: ["eu-central-1a", "eu-central-1b"], cidr: "172.16.0.0/18" },
      ...{ privateSubnets: "endpoints", tags },
      endpoints: [...parts.FARGATE_ENDPOINTS, ...parts.EC2_ENDPOINTS],
    });
    new parts.EcsCluster("shop-all", {
      ...{ network, executeCommand: true, containerInsights: "enhanced", tags: { on: "machines" } },
      capacity: {
        ...{ instanceType: "t4g.large", architecture: "arm64", amiId: "ami-0aaaaaaaaaaaaaaaa" },
        ...{ min: 2, max: 6, spot: true, rootSize: 60, targetCapacity: 80 },
      },
    });
    new parts.EcsLoadBalancer("shop-all-of-production", {
      ...{ network, services: system({ port: 8080, timeouts: { server: 300 } }) },
      ...{ tlsPolicy: "ELBSecurityPolicy-TLS13-1-3-2021-06", deletionProtection: true },
      domain: { name: "shop.example.com", zoneId: "Z0123456789", others: ["*.shop.example.com"] },
      accessLogs: { bucket: "shop-logs", prefix: "entry" },
      ...{ shifted: ["web"], tags },
    });
    new parts.EcrRepository("all", {
      ...{ repository: "shop/all", keep: 20, cacheTags: ["build-*", "cache*"] },
      ...{ forceDelete: true, tags },
    });
    new parts.EcsLogs("shop-all", {
      ...{ services: ["web"], retention: 365, keep: true, tags },
      kmsKeyArn: arnOf("kms", "key/01234567-89ab-cdef-0123-456789abcdef"),
    });
    new parts.EcsAlarms("shop-all", {
      ...{ emails: ["ops@example.com"], clusterName: "shop", services: { web: "shop-web" } },
      ...{ thresholds: { errors: 5, cpu: 70, memory: 75 }, tags },
    });
    new parts.EcsDashboard("shop-all", {
      ...{ dashboardName: "all", region: "eu-central-1", clusterName: "shop" },
      services: { web: "shop-web" },
    });
  });

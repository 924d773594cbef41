/** Parts of ECS stacks as people declare them, under mocks. */
import {
  type Declaration,
  declareLeast,
  declareMost,
  declared,
  system,
} from "../../../unit/ecs/declare.ts";
import { TestAuthority } from "../../../support/certificates.ts";
import type { Declared } from "../calls.ts";

const plainly = ({ resources, lookUps }: Declaration): Declared[] => [
  ...lookUps.map(({ token, inputs }) => ({ type: token, inputs })),
  ...resources.filter(({ type }) => type.startsWith("aws:")),
];

const LONG = "x".repeat(40);

export const VARIANTS: Record<string, () => Promise<Declared[]>> = {
  "what must be said": async () => plainly(await declareLeast()),
  "everything that can be said": async () => plainly(await declareMost()),
  "NAT, Spot, an imported certificate": async () => {
    const authority = new TestAuthority();
    const pair = authority.issue("DNS:shop.example.com");
    authority.remove();
    const certificate = pair.certificate + authority.root.certificate;
    const tls = { ...pair, certificate, hsts: { includeSubDomains: true, preload: true } };
    return plainly(
      await declared(({ EcsNetwork, EcsCluster, EcsLoadBalancer }) => {
        const network = new EcsNetwork("nat", { privateSubnets: "nat", zones: 3 });
        new EcsCluster("spot", { network, capacity: "fargate-spot", onDemand: 1 });
        new EcsCluster("amd", { network, capacity: { instanceType: "m7i.large", max: 1 } });
        new EcsLoadBalancer(LONG, { network, services: system({ tls }) });
      }),
    );
  },
};

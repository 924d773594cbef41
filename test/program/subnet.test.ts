/** A fleet with a subnet of its own, and one whose network is of before fleets had one, under mocks. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Registered, mockPulumi, settled } from "../support/program.ts";

vi.mock("../../components/hosts/inspect.ts", () => ({
  inspectHosts: () => Promise.resolve([]),
}));

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
let resources: Registered[];
const inputs = (name: string) => {
  const [found, ...more] = resources.filter((entry) => entry.name === name);
  if (found === undefined || more.length > 0) throw new Error(`not one ${name}`);
  return found.inputs;
};

const build = async (name: string, subnet?: string) => {
  const { Fleet } = await import("../../components/fleet/index.ts");
  const { LocalHost } = await import("../../components/hosts/index.ts");
  const { app, defineServices, proxy, worker } = await import("../../components/services/index.ts");
  const services = defineServices({
    proxy: proxy({ image, routes: [{ to: "app" }] }),
    app: app({ image, port: 80, links: ["stock"], extraHosts: { partner: "10.0.0.7" } }),
    stock: worker({ image, port: 81 }),
  });
  const hosts = [new LocalHost(name, { dockerHost: "unix:///engine.sock" })];
  new Fleet(name, { services, hosts, ...(subnet === undefined ? {} : { subnet }) });
};

beforeAll(async () => {
  resources = await mockPulumi("shop", "prod");
  await build("shop", "10.201.7.0/24");
  await build("old");
  await settled();
});

const partner = { host: "partner", ip: "10.0.0.7" };

describe("with a subnet of its own", () => {
  it("keeps the forwarder's address out of what the engine gives out", () => {
    expect(inputs("shop-shop-network").ipamConfigs).toEqual([
      { subnet: "10.201.7.0/24", ipRange: "10.201.7.0/25" },
    ]);
    expect(inputs("shop-shop-forwarder").networksAdvanced).toEqual([
      { name: expect.any(String) as string, ipv4Address: "10.201.7.254" },
    ]);
  });

  it("chooses none", () => {
    expect(resources.map(({ name }) => name)).not.toContain("shop-subnet");
  });

  it("writes a service's links, and no others, into its hosts file", () => {
    expect(inputs("shop-shop-app-1").hosts).toEqual([
      { host: "stock", ip: "10.201.7.254" },
      partner,
    ]);
    expect(inputs("shop-shop-stock-1").hosts).toBeUndefined();
    for (const name of ["shop-shop-http-proxy", "shop-shop-forwarder"]) {
      expect(inputs(name).hosts).toBeUndefined();
    }
  });
});

describe("with a network of before", () => {
  it("changes nothing of it: the forwarder has the names of all services in the network", () => {
    expect(inputs("old-old-forwarder").networksAdvanced).toEqual([
      { name: expect.any(String) as string, aliases: ["stock", "app"] },
    ]);
    expect(inputs("old-old-app-1").hosts).toEqual([partner]);
  });
});

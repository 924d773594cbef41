/** A fleet with a subnet, under mocks: what differs from one without. */
import { beforeAll, expect, it, vi } from "vitest";
import { type Registered, mockPulumi, settled } from "../support/program.ts";

vi.mock("../../components/hosts/inspect-local.ts", () => ({
  inspectLocalHost: () =>
    Promise.resolve({ dockerHost: "unix:///engine.sock", architecture: "amd64", proxy: undefined }),
}));

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
let resources: Registered[];
const inputs = (name: string) => {
  const [found, ...more] = resources.filter((entry) => entry.name === name);
  if (found === undefined || more.length > 0) throw new Error(`not one ${name}`);
  return found.inputs;
};

beforeAll(async () => {
  resources = await mockPulumi("shop", "prod");
  const { Fleet } = await import("../../components/fleet/index.ts");
  const { LocalHost } = await import("../../components/hosts/index.ts");
  const { app, defineServices, proxy, worker } = await import("../../components/services/index.ts");
  const services = defineServices({
    proxy: proxy({ image, routes: [{ to: "app" }] }),
    app: app({ image, port: 80, links: ["stock"] }),
    stock: worker({ image, port: 81 }),
  });
  const hosts = [new LocalHost("local", { dockerHost: "unix:///engine.sock" })];
  new Fleet("shop", { services, hosts, subnet: "10.201.7.0/24" });
  await settled();
});

it("keeps the proxy's address out of what the engine gives out", () => {
  expect(inputs("shop-local-network").ipamConfigs).toEqual([
    { subnet: "10.201.7.0/24", ipRange: "10.201.7.0/25" },
  ]);
  expect(inputs("shop-local-proxy").networksAdvanced).toEqual([
    { name: expect.any(String) as string, aliases: ["stock", "app"], ipv4Address: "10.201.7.254" },
  ]);
});

it("writes every link into the services' hosts files, and not into the proxy's", () => {
  const links = [
    { host: "stock", ip: "10.201.7.254" },
    { host: "app", ip: "10.201.7.254" },
  ];
  expect(inputs("shop-local-app-1").hosts).toEqual(links);
  expect(inputs("shop-local-stock-1").hosts).toEqual(links);
  expect(inputs("shop-local-proxy").hosts).toBeUndefined();
});

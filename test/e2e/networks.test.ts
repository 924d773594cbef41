// Subnets and networks with a real engine: what it offers, refuses, and lets go of.
import { afterAll, beforeAll, expect, it } from "vitest";
import type Docker from "dockerode";
import { dockerClient } from "../../components/engine/client.ts";
import { connectHost } from "../../components/engine/engine-host.ts";
import type { ReleaseHost } from "../../components/engine/host.ts";
import { chooseSubnet } from "../../components/fleet/network/choose.ts";
import { planSubnet } from "../../components/fleet/network/subnet.ts";
import { pull } from "../support/pull.ts";
import { LoadImages } from "../support/load/images.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import { removeLabelled } from "../../workbench/labelled.ts";

const STACK = "longshore-e2e/networks";
const LABEL = `longshore.stack=${STACK}`;

let docker: Docker;
let host: ReleaseHost;
let image: string;

beforeAll(async () => {
  const workbench = await workbenchUp();
  docker = dockerClient(workbench.dockerHost);
  host = connectHost("local", workbench.dockerHost);
  image = await new LoadImages(workbench).proxy();
  await pull(docker, image);
  await removeLabelled(docker, LABEL);
});
afterAll(() => removeLabelled(docker, LABEL));

const networks = () => docker.listNetworks({ filters: { label: [LABEL] } });
const network = async (name: string, subnet: string) => {
  const { ipRange } = planSubnet(subnet);
  await docker.createNetwork({
    Name: name,
    Labels: { "longshore.stack": STACK },
    IPAM: { Driver: "default", Config: [{ Subnet: subnet, IPRange: ipRange }] },
  });
};

it("a subnet is one that the engine lets a network have, and nothing is left of the choice", async () => {
  const subnet = await chooseSubnet(STACK, [host]);
  expect(await networks()).toEqual([]);
  const held = await host.networks.hold(STACK, subnet);
  expect(held.subnet).toBe(subnet);
  await expect(host.networks.hold(STACK, subnet)).rejects.toThrow(/overlap/);
  expect(await chooseSubnet(STACK, [host])).not.toBe(subnet);
  await held.release();
});

it("what a killed choice held is let go by the next one", async () => {
  await host.networks.hold(STACK);
  expect(await networks()).toHaveLength(1);
  await chooseSubnet(STACK, [host]);
  expect(await networks()).toEqual([]);
});

it("a container that runs is brought to another one's place in a network, and out of it again", async () => {
  const own = await chooseSubnet(STACK, [host]);
  await network("longshore-e2e-own", own);
  const other = await chooseSubnet(STACK, [host]);
  await network("longshore-e2e-other", other);
  const create = (name: string, NetworkMode: string, address: string) =>
    docker.createContainer({
      ...{ name, Image: image, Entrypoint: ["sleep"], Cmd: ["60"] },
      Labels: { "longshore.stack": STACK },
      HostConfig: { NetworkMode, Init: true },
      NetworkingConfig: {
        EndpointsConfig: {
          [NetworkMode]: { IPAMConfig: { IPv4Address: address }, Aliases: ["shop"] },
        },
      },
    });
  const serving = await create("longshore-e2e-serving", "longshore-e2e-own", planSubnet(own).proxy);
  await serving.start();
  await create("longshore-e2e-wanted", "longshore-e2e-other", planSubnet(other).proxy);

  const joined = await host.networks.join("longshore-e2e-serving", "longshore-e2e-wanted");
  expect(joined).toEqual(["longshore-e2e-other"]);
  expect(await host.networks.join("longshore-e2e-serving", "longshore-e2e-wanted")).toEqual([]);
  const view = await host.inspect("longshore-e2e-serving");
  expect(view?.addresses.sort()).toEqual([planSubnet(own).proxy, planSubnet(other).proxy].sort());
  expect(view?.names["longshore-e2e-other"]).toContain("shop");

  await host.networks.leave("longshore-e2e-serving", "longshore-e2e-other");
  await host.networks.leave("longshore-e2e-serving", "longshore-e2e-other");
  const left = await host.inspect("longshore-e2e-serving");
  expect(left?.addresses).toEqual([planSubnet(own).proxy]);
});

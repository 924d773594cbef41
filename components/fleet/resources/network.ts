/** A stack's network on its hosts, and how services find each other in it. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../hosts/host.ts";
import { programCommand } from "../../program-command.ts";
import type { SubnetRequest } from "../network/choose.ts";
import { ipamConfig, planSubnet } from "../network/subnet.ts";
import { labels } from "./container.ts";

/** The network on one host. */
export interface FleetNetwork {
  name: pulumi.Output<string>;
  /**
   * The proxy's address there, to which the names in hosts files lead. Undefined in a network of before a fleet
   * had a subnet of its own: the engine's name server answers for the proxy then.
   */
  proxy: pulumi.Output<string | undefined>;
}

/** Where a network's subnet comes from. */
export type SubnetSource = { given: string } | { chosen: pulumi.Output<string> };

/**
 * The subnet that a fleet uses if it is given none: chosen when the stack is first brought up, and kept in the
 * state.
 * @param name of the resource.
 */
export function chosenSubnet(
  name: string,
  { stack, hosts }: { stack: string; hosts: Host[] },
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const request: pulumi.Output<SubnetRequest> = pulumi.output({
    stack,
    hosts: hosts.map(({ hostName, engine }) => ({ name: hostName, dockerHost: engine })),
  });
  return programCommand(name, "subnet", pulumi.jsonStringify(request), {
    ...options,
    // Another subnet would be another network, and replace all containers: nothing may make it run again.
    ignoreChanges: ["interpreter", "create", "stdin", "logging"],
  });
}

/**
 * The network on one host.
 * @param subnet given by the program, or chosen. A chosen one is for a network that is yet to be made: what an
 * existing one has stays, since another would replace all containers with a moment of closed ports.
 */
export function declareNetwork(
  name: string,
  stack: string,
  subnet: SubnetSource,
  options: pulumi.CustomResourceOptions,
): FleetNetwork {
  const given = "given" in subnet ? planSubnet(subnet.given) : undefined;
  // Nothing was chosen where no engine was asked: in a test of the program with Pulumi's mocks.
  const chosen = "chosen" in subnet ? subnet.chosen : undefined;
  const configs = chosen?.apply((cidr) => (cidr ? [ipamConfig(planSubnet(cidr))] : []));
  const network = new docker.Network(
    name,
    {
      labels: labels(stack),
      ipamConfigs: given === undefined ? (configs ?? []) : [ipamConfig(given)],
    },
    given === undefined ? { ...options, ignoreChanges: ["ipamConfigs"] } : options,
  );
  return {
    name: network.name,
    proxy: given === undefined ? network.ipamConfigs.apply(proxyOf) : pulumi.output(given.proxy),
  };
}

/** The proxy's address in a network with these settings; one that the engine has chosen alone has no range. */
function proxyOf(configs: { subnet?: string; ipRange?: string }[] | undefined): string | undefined {
  const own = configs?.find(({ ipRange }) => ipRange !== undefined && ipRange !== "");
  return own?.subnet === undefined ? undefined : planSubnet(own.subnet).proxy;
}

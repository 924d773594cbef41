/** Chooses a stack's subnet: one that is free on all of its hosts, out of what their engines may give out. */
import type { NamedEngine } from "../../engine/address.ts";
import type { HeldSubnet, HostNetworks } from "../../engine/networks.ts";
import { messageOf } from "../../output/log.ts";
import { partOf } from "./cidr.ts";

/** How many offers of the first host's engine the others may refuse. */
const MOST_OFFERS = 32;

/** What the process that chooses is told, as JSON. */
export interface SubnetRequest {
  /** Value of the label `longshore.stack`. */
  stack: string;
  hosts: NamedEngine[];
}

/** The part of a host that is needed here. */
export interface AskedHost {
  name: string;
  networks: Pick<HostNetworks, "hold" | "sweep">;
}

/**
 * The engine of the first host makes an offer, as it does for any network: it knows the address pools that it
 * was given, other networks and the machine's routes. The others are asked whether they can have the same.
 * @throws if no engine offers one that all can have; nothing is left on any host.
 */
export async function chooseSubnet(stack: string, hosts: AskedHost[]): Promise<string> {
  const [first, ...others] = hosts;
  if (first === undefined) throw new Error("A fleet needs a host.");
  await Promise.all(hosts.map(({ networks }) => networks.sweep(stack)));
  const held: HeldSubnet[] = [];
  try {
    let refusal = "";
    for (let offers = 0; offers < MOST_OFFERS; offers++) {
      const offer = await hold(first, stack);
      held.push(offer);
      const subnet = partOf(offer.subnet);
      if (subnet === undefined) throw noneOf(first.name, `it offers ${offer.subnet}`);
      const answers = await Promise.allSettled(others.map((host) => hold(host, stack, subnet)));
      held.push(
        ...answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])),
      );
      const refused = answers.find((answer) => answer.status === "rejected");
      if (refused === undefined) return subnet;
      refusal = messageOf(refused.reason);
    }
    throw new Error(refusal);
  } finally {
    await Promise.all(held.map((each) => each.release()));
  }
}

function hold({ name, networks }: AskedHost, stack: string, subnet?: string): Promise<HeldSubnet> {
  return networks.hold(stack, subnet).catch((error: unknown) => {
    throw noneOf(name, messageOf(error), error);
  });
}

function noneOf(host: string, why: string, cause?: unknown): Error {
  return new Error(
    `Host \`${host}\` has no free IPv4 network for the stack: ${why}. Remove networks that nobody uses ` +
      "(`docker network prune`), give its engine more `default-address-pools`, or give the fleet a `subnet`.",
    { cause },
  );
}

/** Where identidock runs, by the stack's settings: a look at what is there, then the hosts and the address in front. */
import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
  type Host,
  type InspectedHost,
  LocalHost,
  SimulatedBalancer,
  SimulatedHost,
  SimulatedSite,
  inspectHosts,
  knownEngines,
  lookAtMachines,
  siteOf,
} from "./components/hosts/index.ts";
import type { Settings } from "./settings.ts";

/** Images that hosts need, built when they are asked for. */
export interface HostImages {
  machine(): pulumi.Output<string>;
  proxy(): pulumi.Output<string>;
}

/** Of a stack that runs on machines. */
export type FleetSettings = Omit<Settings, "hosts"> & {
  hosts: Exclude<Settings["hosts"], { kind: "ecs" }>;
};

export interface Place {
  /** What serves can be read there. */
  inspected: InspectedHost[];
  /** Declares the hosts, and what is before them. */
  declare(images: HostImages): Declared;
}

export interface Declared {
  hosts: Host[];
  /** The page's address, of those of the hosts. */
  url(urls: pulumi.Output<Record<string, string>>): pulumi.Output<string>;
}

/**
 * Looks before anything is planned: no engine or a taken port stops here.
 * @param stack value of the label `longshore.stack`.
 */
export async function chooseHosts(settings: FleetSettings, stack: string): Promise<Place> {
  const { hosts } = settings;
  if (hosts.kind === "simulated") return simulated(hosts, settings, stack);
  if (hosts.kind === "droplets") return droplets(hosts, settings, stack);
  return onThisEngine(hosts, settings, stack);
}

type Kind<Name> = Extract<Settings["hosts"], { kind: Name }>;

async function onThisEngine(
  { dockerHost }: Kind<"local">,
  settings: FleetSettings,
  stack: string,
): Promise<Place> {
  const local = { dockerHost };
  const inspected = await inspectHosts({
    engines: [LocalHost.engine("local", local)],
    stack,
    ports: [
      { setting: "httpPort", port: settings.httpPort, bind: settings.bind },
      { setting: "statusPort", port: settings.statusPort, bind: "127.0.0.1" },
    ],
  });
  return {
    inspected,
    declare: () => ({
      hosts: [new LocalHost("local", local)],
      url: (urls) => urls.apply(({ local: url = "" }) => url),
    }),
  };
}

async function simulated(
  { dockerHost, count, without, identityFile }: Kind<"simulated">,
  { registry, httpPort }: FleetSettings,
  stack: string,
): Promise<Place> {
  if (process.platform !== "linux") {
    throw new pulumi.RunError(
      "`hosts.kind` is simulated, and simulated machines need Linux: elsewhere their addresses cannot be reached from a " +
        "shell. Run this on a Linux computer, or in WSL2 with an engine of its own.",
    );
  }
  const site = siteOf(stack);
  const ownEngine = LocalHost.engine("local", { dockerHost });
  const names = namesOf(count, without);
  const ports = [{ setting: "httpPort", port: httpPort, bind: "127.0.0.1" }];
  await inspectHosts({ engines: [ownEngine], stack, ports });
  const found = await lookAtMachines(
    names.map((name) => ({
      ...{ site, name, dockerHost: ownEngine.dockerHost, identityFile },
      replace: process.env.LONGSHORE_REPLACE_MACHINE === name,
    })),
  );
  const engines = found.flatMap(({ engine }) => engine ?? []);
  const inspected = await inspectHosts({ engines, stack, ports: [] });
  const publicKey = existsSync(`${identityFile}.pub`)
    ? readFileSync(`${identityFile}.pub`, "utf8").trim()
    : "";
  if (publicKey === "") {
    throw new pulumi.RunError(`\`hosts.identityFile\`: there is no \`${identityFile}.pub\`.`);
  }
  return {
    inspected,
    declare: (images) => {
      const on = new LocalHost("local", { dockerHost });
      const place = new SimulatedSite(site, { on, image: images.machine() });
      const machines = found.map(
        (machine) =>
          new SimulatedHost(machine.name, {
            ...{ site: place, number: Number(machine.name.slice(PREFIX.length)), found: machine },
            ...{ identityFile, publicKey },
            ...lendRegistry(registry),
          }),
      );
      const front = { site: place, hosts: machines, image: images.proxy(), port: httpPort, stack };
      const { url } = new SimulatedBalancer("balancer", front);
      return { hosts: machines, url: () => url };
    },
  };
}

async function droplets(
  hosts: Kind<"droplets">,
  { registry, httpPort }: FleetSettings,
  stack: string,
): Promise<Place> {
  const names = namesOf(hosts.count, hosts.without);
  const known = (await knownEngines()).filter(({ name }) => names.includes(name));
  const inspected = await inspectHosts({ engines: known, stack, ports: [] });
  // Only here: others need neither the package nor its plugin.
  const { DropletHost, DropletSite } = await import("./components/hosts/droplet/index.ts");
  return {
    inspected,
    declare: () => {
      const { region, sshFrom, authorizedKeys, accountKeys, identityFile, size } = hosts;
      const [firstKey = ""] = authorizedKeys;
      const site = new DropletSite("identidock", {
        ...{ region, sshFrom, ports: [], balancer: { to: httpPort } },
        ...(accountKeys === undefined ? { newAccountKey: firstKey } : { accountKeys }),
      });
      const machines = names.map(
        (name) =>
          new DropletHost(name, {
            ...{ site, size, authorizedKeys, data: { size: hosts.dataSize } },
            ...(identityFile === undefined ? {} : { identityFile }),
            ...lendRegistry(registry),
          }),
      );
      return { hosts: machines, url: () => pulumi.interpolate`http://${site.address}` };
    },
  };
}

const PREFIX = "web-";

/** @throws pulumi.RunError if no machine is left. */
function namesOf(count: number, without: string[]): string[] {
  const all = Array.from({ length: count }, (_, index) => `${PREFIX}${index + 1}`);
  const names = all.filter((name) => !without.includes(name));
  if (names.length > 0) return names;
  throw new pulumi.RunError("`hosts.without` names all machines: nothing would be left to serve.");
}

/** A registry on this computer's loopback is on the machines', too. */
function lendRegistry(registry: string): { remoteForwards?: number[] } {
  const [, port] = /^(?:127\.0\.0\.1|localhost):(\d+)/.exec(registry) ?? [];
  return port === undefined ? {} : { remoteForwards: [Number(port)] };
}

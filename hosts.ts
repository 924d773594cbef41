/** Where identidock runs, by the stack's settings: a look at what is there, then the hosts and the address in front. */
import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
  EngineError,
  type FoundMachine,
  type Host,
  type InspectedHost,
  LocalHost,
  type MachineLook,
  SimulatedBalancer,
  SimulatedHost,
  SimulatedSite,
  inspectHosts,
  lookAtMachine,
} from "./components/hosts/index.ts";
import type { Settings } from "./settings.ts";

/** Images that hosts need, built when they are asked for. */
export interface HostImages {
  machine(): pulumi.Output<string>;
  proxy(): pulumi.Output<string>;
}

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
export async function chooseHosts(settings: Settings, stack: string): Promise<Place> {
  return settings.hosts.kind === "local"
    ? onThisEngine(settings, stack)
    : simulated(settings, stack);
}

async function onThisEngine(settings: Settings, stack: string): Promise<Place> {
  const local = { dockerHost: settings.hosts.dockerHost };
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

async function simulated({ hosts, registry, httpPort }: Settings, stack: string): Promise<Place> {
  if (hosts.kind !== "simulated") throw new Error("not simulated");
  if (process.platform !== "linux") {
    throw new pulumi.RunError(
      "`hosts.kind` is simulated, and simulated machines need Linux: elsewhere their addresses cannot be reached from a " +
        "shell. Run this on a Linux computer, or in WSL2 with an engine of its own.",
    );
  }
  const { dockerHost, count, identityFile } = hosts;
  const site = stack.replaceAll("/", "-");
  const ownEngine = LocalHost.engine("local", { dockerHost });
  const looks: MachineLook[] = Array.from({ length: count }, (_, index) => ({
    ...{ site, name: `web-${index + 1}`, dockerHost: ownEngine.dockerHost, identityFile },
    replace: process.env.LONGSHORE_REPLACE_MACHINE === `web-${index + 1}`,
  }));
  // A registry on this computer's loopback is on the machines', too.
  const [, registryPort] = /^(?:127\.0\.0\.1|localhost):(\d+)/.exec(registry) ?? [];
  const ports = [{ setting: "httpPort", port: httpPort, bind: "127.0.0.1" }];
  await inspectHosts({ engines: [ownEngine], stack, ports });
  const found = await lookAtAll(looks);
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
      const machines = looks.map(
        ({ name }, index) =>
          new SimulatedHost(name, {
            ...{ site: place, number: index + 1, found: found[index] ?? { generation: "" } },
            ...{ identityFile, publicKey },
            ...(registryPort === undefined ? {} : { remoteForwards: [Number(registryPort)] }),
          }),
      );
      const front = { site: place, hosts: machines, image: images.proxy(), port: httpPort, stack };
      const { url } = new SimulatedBalancer("balancer", front);
      return { hosts: machines, url: () => url };
    },
  };
}

/** Finds all machines. @throws EngineError with every one that is gone. */
async function lookAtAll(looks: MachineLook[]): Promise<FoundMachine[]> {
  const found = await Promise.allSettled(looks.map((look) => lookAtMachine(look)));
  const problems = found.flatMap((each) =>
    each.status === "rejected" ? (each.reason as Error).message : [],
  );
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
  return found.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
}

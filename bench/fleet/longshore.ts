/** Longshore: the repository's own program on machines that are there already. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { siteOf } from "../../components/hosts/simulated/types.ts";
import { sshArguments } from "../../components/ssh/options.ts";
import { useMachines } from "../../test/support/simulated.ts";
import { TestStack } from "../../test/support/test-stack.ts";
import { type Contender, NO_CHANGE, REFRESH } from "./contender.ts";
import { Fleet } from "./fleet.ts";
import { delayed } from "./latency.ts";
import { type Machine, type Site, bootMachines } from "./machines.ts";
import { useVersion } from "./versions.ts";

/** @param boot is timed; the update finds the machines and makes none. */
export async function longshore(
  size: number,
  latency: number,
  timed: (boot: () => Promise<Machine[]>) => Promise<Machine[]>,
): Promise<Contender> {
  const stack = await TestStack.create("bench-fleet");
  try {
    await useMachines(stack, size);
    const identityFile = join(stack.folder, ".longshore", "machine-key");
    const publicKey = readFileSync(`${identityFile}.pub`, "utf8").trim();
    const site: Site = { site: siteOf(stack.label), size, publicKey };
    const machines = await timed(() => bootMachines(stack.workbench, site));
    Object.assign(stack.env, await delayed(latency, stack.env.PATH ?? ""));
    useVersion(stack, 0);
    return {
      tool: "Longshore",
      fleet: new Fleet(stack.workbench.dockerHost, machines, stack.httpPort),
      install: () => stack.up(),
      again: [
        { name: NO_CHANGE, run: () => stack.up() },
        { name: REFRESH, run: () => stack.up({ args: ["--refresh"] }) },
      ],
      want: (version) => useVersion(stack, version),
      release: () => stack.up(),
      disconnect: () =>
        Promise.all(
          machines.map(({ address: host, hostKey }) => {
            const target = { user: "deploy", host, hostKey, identityFile };
            return execa("ssh", ["-O", "exit", ...sshArguments(target)], { reject: false });
          }),
        ),
      remove: () => stack.destroy(),
    };
  } catch (error) {
    await stack.destroy();
    throw error;
  }
}

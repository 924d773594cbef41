/** Machines for a contender: a simulated site of its own, made and booted the same way for each of them. */
import { makeMachine } from "../../components/hosts/simulated/machine.ts";
import { makeSite } from "../../components/hosts/simulated/site.ts";
import type { MachineFacts } from "../../components/hosts/simulated/types.ts";
import { loadImage } from "../../test/support/build-image.ts";
import type { Workbench } from "../../workbench/index.ts";

/** The machines' image, on the workbench's engine. */
export const MACHINE_IMAGE = "longshore-bench-machine";
/** Machines that boot at a time. */
const AT_ONCE = 4;

export interface Machine extends MachineFacts {
  name: string;
  /** The container that it is. */
  container: string;
}

export interface Site {
  /** Names it on the workbench's engine. */
  site: string;
  size: number;
  /** Of whoever may log in as `deploy`. */
  publicKey: string;
}

export async function buildMachineImage(workbench: Workbench): Promise<void> {
  await loadImage(workbench, MACHINE_IMAGE, "components/hosts/simulated/image");
}

/** Bare machines: systemd and sshd, no Docker. @returns those of the site, `web-1` first. */
export async function bootMachines(
  { dockerHost }: Workbench,
  { site, size, publicKey }: Site,
): Promise<Machine[]> {
  const facts = await makeSite({ site, dockerHost });
  const waiting = Array.from({ length: size }, (_, index) => index + 1);
  const booted: Machine[] = [];
  const boot = async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const name = `web-${number}`;
      const request = { site, dockerHost, name, number, publicKey, generation: "bench", ...facts };
      const machine = await makeMachine({ ...request, image: MACHINE_IMAGE }, () => {});
      booted[number - 1] = { ...machine, name, container: `${site}-${name}` };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, boot));
  return booted;
}

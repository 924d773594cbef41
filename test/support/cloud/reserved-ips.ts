/** The fake account's reserved addresses. */
import { type Actions, type Routes, notFound, refuse, textOf } from "./api.ts";
import type { Droplet, Droplets } from "./droplets.ts";
import type { CloudMachines } from "./machines.ts";
import { regionOf } from "./network.ts";

interface Reserved {
  ip: string;
  region: string;
  droplet: Droplet | undefined;
}

export class ReservedIps {
  readonly all: Reserved[] = [];
  readonly #machines: CloudMachines;
  readonly #droplets: Droplets;
  readonly #actions: Actions;

  constructor(machines: CloudMachines, droplets: Droplets, actions: Actions) {
    this.#machines = machines;
    this.#droplets = droplets;
    this.#actions = actions;
  }

  get names(): string[] {
    return this.all.map(({ ip }) => `reserved address ${ip}`);
  }

  get routes(): Routes {
    const find = (ip = "") => this.all.find((each) => each.ip === ip) ?? notFound();
    const shown = ({ ip, region, droplet }: Reserved) => ({
      ...{ ip, region: { slug: region }, locked: false },
      droplet: droplet === undefined ? null : { id: droplet.id },
    });
    return {
      "POST reserved_ips": (_match, body) => {
        const reserved = {
          ip: this.#machines.reserve(),
          region: regionOf(body),
          droplet: undefined,
        };
        this.all.push(reserved);
        return { status: 202, body: { reserved_ip: shown(reserved) } };
      },
      "GET reserved_ips/([^/]+)": ([ip]) => ({ body: { reserved_ip: shown(find(ip)) } }),
      "DELETE reserved_ips/([^/]+)": ([ip]) => {
        this.all.splice(this.all.indexOf(find(ip)), 1);
        return {};
      },
      "POST reserved_ips/([^/]+)/actions": ([ip], body) => {
        const reserved = find(ip);
        const type = textOf(body, "type");
        const to = type === "assign" ? this.#droplets.find(Number(body.droplet_id)) : undefined;
        if (to === undefined && reserved.droplet === undefined)
          refuse("The reserved IP is not assigned");
        const droplet = to ?? reserved.droplet ?? notFound();
        this.#droplets.refuseBusy(droplet);
        return this.#actions.start(`${type}_ip`, droplet.id, () =>
          this.#droplets.busy(droplet, async () => {
            const before = reserved.droplet;
            reserved.droplet = to;
            if (before !== undefined && this.#droplets.all.includes(before))
              await this.#machines.address(before.machine, reserved.ip, "del");
            if (to !== undefined) await this.#machines.address(to.machine, reserved.ip, "add");
          }),
        );
      },
    };
  }
}

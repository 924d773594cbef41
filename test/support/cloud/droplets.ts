/** The fake account's droplets: each is a machine that boots. */
import { type Actions, type Body, type Routes, listOf, notFound, refuse, textOf } from "./api.ts";
import type { Addresses, CloudMachines } from "./machines.ts";
import { type Network, regionOf } from "./network.ts";

const SIZES: Record<string, { memory: number; vcpus: number; disk: number }> = {
  "s-1vcpu-1gb": { memory: 1024, vcpus: 1, disk: 25 },
  "s-1vcpu-2gb": { memory: 2048, vcpus: 1, disk: 50 },
};
const IMAGES = ["debian-13-x64", "debian-12-x64"];
/** Milliseconds for which a droplet that has booted is not yet said to be active. */
const SLOW = 1500;

export interface Droplet {
  id: number;
  name: string;
  /** The machine's, unique. */
  machine: string;
  region: string;
  size: string;
  image: string;
  status: "new" | "active" | "off";
  vpc: string;
  tags: string[];
  volumes: string[];
  at: Addresses | undefined;
  userData: string;
  /** Whether something goes on with it: the API takes one at a time. */
  isBusy: boolean;
}

export class Droplets {
  readonly all: Droplet[] = [];
  /** Names of droplets that are made and never boot. */
  readonly neverBoot = new Set<string>();
  /** Told when there are others, or other tags. */
  changed: () => Promise<void> = async () => {};
  readonly #machines: CloudMachines;
  readonly #network: Network;
  readonly #actions: Actions;
  #next = 1001;

  constructor(machines: CloudMachines, network: Network, actions: Actions) {
    this.#machines = machines;
    this.#network = network;
    this.#actions = actions;
    network.retag = (tag, kind, ids, add) => {
      for (const droplet of this.all) {
        if (kind !== "droplet" || !ids.includes(String(droplet.id))) continue;
        droplet.tags = droplet.tags.filter((each) => each !== tag);
        if (add) droplet.tags.push(tag);
        void this.changed();
      }
    };
  }

  get names(): string[] {
    return this.all.map(({ name }) => `droplet ${name}`);
  }

  find(id: number | string | undefined): Droplet {
    return this.all.find((each) => each.id === Number(id)) ?? notFound();
  }

  /** Carries out one thing at a time. */
  async busy(droplet: Droplet, work: () => Promise<unknown>): Promise<void> {
    droplet.isBusy = true;
    try {
      await work();
    } finally {
      droplet.isBusy = false;
    }
  }

  /** @throws Refusal while something goes on with it. */
  refuseBusy({ isBusy }: Droplet): void {
    if (isBusy) refuse("Droplet already has a pending event.");
  }

  /** As somebody who deletes it in the panel. */
  async remove(droplet: Droplet): Promise<void> {
    this.all.splice(this.all.indexOf(droplet), 1);
    await this.#machines.remove(droplet.machine);
    await this.changed();
  }

  get routes(): Routes {
    return {
      "POST droplets": (_match, body) => {
        const droplet = this.#check(body);
        this.all.push(droplet);
        void this.busy(droplet, () => this.#boot(droplet));
        return { status: 202, body: { droplet: shown(droplet) } };
      },
      "GET droplets/(\\d+)": ([id]) => ({ body: { droplet: shown(this.find(id)) } }),
      "DELETE droplets/(\\d+)": async ([id]) => {
        await this.remove(this.find(id));
        return {};
      },
      "POST droplets/(\\d+)/actions": ([id], body) => {
        const droplet = this.find(id);
        this.refuseBusy(droplet);
        const type = textOf(body, "type");
        if (type === "rename") droplet.name = textOf(body, "name");
        else if (!["shutdown", "power_off"].includes(type)) refuse(`the fake knows no ${type}`);
        return this.#actions.start(type, droplet.id, () =>
          this.busy(droplet, async () => {
            if (type === "rename") return;
            await this.#machines.halt(droplet.machine);
            droplet.status = "off";
          }),
        );
      },
    };
  }

  #check(body: Body): Droplet {
    const name = textOf(body, "name");
    if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/.test(name))
      refuse("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");
    const [region, size, image] = [regionOf(body), textOf(body, "size"), textOf(body, "image")];
    if (!(size in SIZES)) refuse("You specified an invalid size for Droplet creation.");
    if (!IMAGES.includes(image)) refuse("You specified an invalid image for Droplet creation.");
    const vpc = this.#network.vpcs.find((each) => each.id === body.vpc_uuid);
    if (vpc?.region !== region) refuse("VPC must be in the Droplet's region");
    for (const key of listOf<number | string>(body, "ssh_keys")) {
      const isKnown = this.#network.keys.some((each) => [each.id, each.fingerprint].includes(key));
      if (!isKnown) refuse(`${key} are invalid key identifiers for Droplet creation.`);
    }
    const userData = typeof body.user_data === "string" ? body.user_data : "";
    if (userData.length > 65536) refuse("User data is too long. Maximum size is 64KB.");
    const tags = listOf<string>(body, "tags");
    this.#network.addTags(tags);
    const id = this.#next++;
    return {
      ...{ id, name, machine: `droplet-${id}`, region, size, image, status: "new", vpc: vpc.id },
      ...{ tags, volumes: [], at: undefined, userData, isBusy: false },
    };
  }

  async #boot(droplet: Droplet): Promise<void> {
    if (this.neverBoot.has(droplet.name)) return;
    const { machine, name, userData } = droplet;
    droplet.at = await this.#machines.boot(machine, userData, name);
    await new Promise((done) => setTimeout(done, SLOW));
    droplet.status = "active";
    await this.changed();
  }
}

function shown(droplet: Droplet): object {
  const { id, name, size, status, vpc, tags, region, at, image } = droplet;
  const v4 = [
    { type: "private", ip_address: at?.inside, netmask: "255.255.0.0" },
    { type: "public", ip_address: at?.outside, netmask: "255.255.0.0" },
  ];
  return {
    ...{ id, name, status, tags, vpc_uuid: vpc, locked: false, size_slug: size, ...SIZES[size] },
    ...{ size: { slug: size, price_monthly: 12, price_hourly: 0.01786 }, region: { slug: region } },
    ...{ image: { slug: image }, volume_ids: droplet.volumes, created_at: "2026-01-01T00:00:00Z" },
    // Not there before it is active.
    networks: { v4: status === "new" || at === undefined ? [] : v4, v6: [] },
  };
}

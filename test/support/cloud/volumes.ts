/** The fake account's volumes. */
import { randomUUID } from "node:crypto";
import { type Actions, type Routes, listOf, notFound, refuse, textOf } from "./api.ts";
import type { Droplets } from "./droplets.ts";
import type { CloudMachines } from "./machines.ts";
import { regionOf } from "./network.ts";

interface Volume {
  id: string;
  name: string;
  region: string;
  size_gigabytes: number;
  tags: string[];
}

export class Volumes {
  readonly all: Volume[] = [];
  readonly #machines: CloudMachines;
  readonly #droplets: Droplets;
  readonly #actions: Actions;

  constructor(machines: CloudMachines, droplets: Droplets, actions: Actions) {
    this.#machines = machines;
    this.#droplets = droplets;
    this.#actions = actions;
  }

  get names(): string[] {
    return this.all.map(({ name }) => `volume ${name}`);
  }

  get routes(): Routes {
    const find = (id = "") => this.all.find((each) => each.id === id) ?? notFound();
    const shown = (volume: Volume) => ({
      ...{ ...volume, region: { slug: volume.region }, created_at: "2026-01-01T00:00:00Z" },
      droplet_ids: this.#on(volume).map(({ id }) => id),
    });
    return {
      "POST volumes": (_match, body) => {
        const [name, region] = [textOf(body, "name"), regionOf(body)];
        if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
          refuse(
            "name must be lowercase and alphanumeric, begin with a letter, and have 64 characters",
          );
        if (this.all.some((each) => each.name === name)) refuse("volume name is in use", 409);
        const size = Number(body.size_gigabytes);
        if (!(size >= 1)) refuse("size_gigabytes must be at least 1");
        const volume = {
          id: randomUUID(),
          name,
          region,
          size_gigabytes: size,
          tags: listOf<string>(body, "tags"),
        };
        this.#machines.makeVolume(volume.id, size);
        this.all.push(volume);
        return { status: 201, body: { volume: shown(volume) } };
      },
      "GET volumes/([^/]+)": ([id]) => ({ body: { volume: shown(find(id)) } }),
      "DELETE volumes/([^/]+)": ([id]) => {
        const volume = find(id);
        if (this.#on(volume).length > 0)
          refuse("A volume that's attached to a Droplet cannot be deleted", 409);
        this.#machines.removeVolume(volume.id);
        this.all.splice(this.all.indexOf(volume), 1);
        return {};
      },
      "POST volumes/([^/]+)/actions": ([id], body) => {
        const [volume, droplet] = [find(id), this.#droplets.find(Number(body.droplet_id))];
        this.#droplets.refuseBusy(droplet);
        const device = `/dev/disk/by-id/scsi-0DO_Volume_${volume.name}`;
        const type = textOf(body, "type");
        if (type === "attach") {
          if (this.#on(volume).length > 0) refuse("This volume is already attached to a Droplet");
          if (volume.region !== droplet.region) refuse("The volume is in another region");
          droplet.volumes.push(volume.id);
          return this.#actions.start("attach_volume", droplet.id, () =>
            this.#droplets.busy(droplet, () =>
              this.#machines.attach(droplet.machine, volume.id, device),
            ),
          );
        }
        if (!droplet.volumes.includes(volume.id)) refuse("Attachment not found", 404);
        return this.#actions.start("detach_volume", droplet.id, () =>
          this.#droplets.busy(droplet, async () => {
            if (droplet.status === "active") await this.#machines.detach(droplet.machine, device);
            droplet.volumes = droplet.volumes.filter((each) => each !== volume.id);
          }),
        );
      },
    };
  }

  #on(volume: Volume) {
    return this.#droplets.all.filter(({ volumes }) => volumes.includes(volume.id));
  }
}

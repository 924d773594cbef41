/** Machines whose engine's data is on a disk of its own, in a file system of choice; and what an engine stores there. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installDocker } from "../../../components/hosts/install/run.ts";
import type { StorageDriver } from "../../../components/hosts/install/storage.ts";
import type { SshTarget } from "../../../components/ssh/target.ts";
import { MachineBench } from "../../support/machine.ts";
import { ROOT } from "../../support/test-stack.ts";

const script = readFileSync(join(ROOT, "test/e2e/storage/disk.sh"), "utf8");
const MARK = "longshore-mark";

export type FileSystem = "ext4" | "xfs" | "btrfs";

export class StorageBench {
  readonly machines: MachineBench;

  private constructor(machines: MachineBench) {
    this.machines = machines;
  }

  /** Also removes what a crash of an earlier run left. */
  static async create(purpose: string): Promise<StorageBench> {
    return new StorageBench(await MachineBench.create(purpose, "release"));
  }

  /**
   * A machine with a disk at /var/lib/docker.
   * @param options of `mkfs`.
   * @returns why not, where this kernel cannot have it.
   */
  async machine(
    name: string,
    disk: FileSystem,
    options = "",
  ): Promise<{ target: SshTarget; lacks?: string }> {
    const volume = `${this.machines.name}-${name}`;
    const target = await this.machines.machine(name, {
      Binds: ["/sys/fs/cgroup:/sys/fs/cgroup:rw", `${volume}:/disk`],
    });
    const variables = `KIND=${disk}\nOPTIONS='${options}'\nNAME=${volume}\n`;
    const words = await this.run(name, `${variables}${script}`);
    return words === "" ? { target } : { target, lacks: words.trim() };
  }

  run(name: string, text: string): Promise<string> {
    return this.machines.run(name, text);
  }

  async install(name: string, target: SshTarget, storage?: StorageDriver): Promise<string[]> {
    const lines: string[] = [];
    const args = storage === undefined ? {} : { storage };
    await installDocker({ name, target, ...args }, (line) => lines.push(line));
    return lines;
  }

  /** Lets the engine run a container, and make and run an image. @returns what it stores them in. */
  async use(name: string, target: SshTarget): Promise<Stored> {
    const base = await this.machines.lendBase(target);
    const said = await this.run(
      name,
      `set -e
      docker run --name maker ${base} sh -c 'echo stored >/${MARK}' && docker commit maker marked >/dev/null
      docker rm maker >/dev/null && docker run --rm marked cat /${MARK}
      docker info --format '{{.Driver}}'
      stat --file-system --format %T /var/lib/docker
      find /var/lib/docker -name ${MARK} | cut -d/ -f5 | sort -u`,
    );
    const [printed = "", driver = "", disk = "", ...folders] = said.trim().split("\n");
    return { printed, driver, disk, folders };
  }

  /** Loop devices of this computer that have a file of these machines. */
  loops(): string[] {
    return readdirSync("/sys/block").filter((device) => {
      try {
        const file = readFileSync(join("/sys/block", device, "loop/backing_file"), "utf8");
        return file.includes(this.machines.name);
      } catch {
        return false; // it has no file, or none any more
      }
    });
  }
}

export interface Stored {
  /** By a container of the image that was made. */
  printed: string;
  /** As the engine says. */
  driver: string;
  /** What its data is on, as `stat` says. */
  disk: string;
  /** Folders of its data in which the image's file is. */
  folders: string[];
}

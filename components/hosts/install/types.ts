/** What the installation of Docker on a machine is told. Plain JSON. */
import type { StorageDriver } from "./storage.ts";
import type { SshTarget } from "../../ssh/target.ts";

/** A value of daemon.json. */
export type Setting = null | boolean | number | string | Setting[] | { [name: string]: Setting };

export interface DockerArgs {
  /**
   * Settings of the engine (daemon.json), key by key. They win over what the machine has; what it has otherwise
   * stays. A list or an object is replaced as a whole.
   * @default {}
   * @example { "registry-mirrors": ["https://mirror.example"] }
   */
  settings?: Record<string, Setting>;
  /**
   * Storage driver of its images and containers: `auto`, `overlay2`, `overlayfs` (Docker 29 and newer), `btrfs`, `zfs`,
   * `fuse-overlayfs` or `vfs`. What does not fit the machine is refused before anything is changed, and so is another one
   * than that of an engine that has images or containers.
   * @default "auto": what fits its disk; an engine that is there keeps its own
   */
  storage?: StorageDriver;
  /**
   * Exact version of Debian's or Ubuntu's package `docker.io`.
   * @default what the distribution has when it is installed; from then on it stays
   * @example "26.1.5+dfsg1-9+b9"
   */
  version?: string;
}

export interface InstallRequest extends DockerArgs {
  /** What the machine is called. */
  name: string;
  target: SshTarget;
}

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
   * Agrees to another `storage` where the engine has images and containers: between `overlay2` and `vfs`, the only ones
   * it is tried with. Images are taken along, volumes stay; its containers are removed, so that the host serves nothing
   * until a release has made them anew. Where a step fails, the old driver comes back with what ran.
   * @default false: it is refused
   */
  switchStorage?: boolean;
  /**
   * Whose packages are installed where there is no engine: `distribution` (`docker.io` of Debian or Ubuntu), or `docker`
   * (`docker-ce` of Docker's own apt repository, whose key comes with this library).
   * @default "distribution"; an engine that is there stays what it is
   */
  from?: DockerOrigin;
  /**
   * Where Docker's packages are, in a network that does not reach Docker's own repository. Only with `from: "docker"`.
   * @default Docker's
   */
  repository?: DockerRepository;
  /**
   * Exact version of the package `docker.io`, or with `from: "docker"` of `docker-ce` and `docker-ce-cli`. Another one
   * than before upgrades the engine, one machine after another. Its containers go on, or it is refused.
   * @default what there is when it is installed; from then on it stays
   * @example "26.1.5+dfsg1-9+b9"
   */
  version?: string;
  /**
   * Whether `version` may be older than what a machine has.
   * @default false
   */
  downgrade?: boolean;
}

export const ORIGINS = ["distribution", "docker"] as const;

export type DockerOrigin = (typeof ORIGINS)[number];

export interface DockerRepository {
  /**
   * A mirror, with a folder `debian` or `ubuntu` below it.
   * @default "https://download.docker.com/linux"
   * @example "https://packages.example/docker/linux"
   */
  url?: string;
  /**
   * The public key that signs it, in ASCII armor: for a mirror that signs with a key of its own.
   * @default Docker's, 9DC8 5822 9FC7 DD38 854A  E2D8 8D81 803C 0EBF CD88
   */
  key?: string;
}

export interface InstallRequest extends DockerArgs {
  /** What the machine is called. */
  name: string;
  target: SshTarget;
  /** Whether its engine is upgraded now. @default false: that is refused beforehand where it cannot be, and left to come */
  upgrade?: boolean;
}

/** What a service uses of the machine that it runs on: what users write, and what runtimes read. */

/** A file or folder of the machine in a container. */
export interface BindMountArgs {
  /** On the machine. It must be there. @example "/srv/photos" */
  from: string;
  /** In the container. @example "/photos" */
  at: string;
  /** @default true */
  readOnly?: boolean;
}

/** A device of the machine in a container. */
export interface DeviceArgs {
  /** On the machine. @example "/dev/fuse" */
  from: string;
  /** In the container. @default where it is on the machine */
  at?: string;
  /** What may be done with it: letters of `rwm` (read, write, make nodes). @default "rw" */
  permissions?: string;
}

export interface HostAccessArgs {
  /**
   * Files and folders of the machine. A runtime refuses those that its operator has not allowed.
   * @default []
   * @example [{ from: "/srv/photos", at: "/photos" }]
   */
  bindMounts?: BindMountArgs[];
  /**
   * Devices of the machine, by path or with what may be done with them.
   * @default []
   * @example ["/dev/fuse"]
   */
  devices?: (string | DeviceArgs)[];
  /**
   * Graphics processors, where the machine has a runtime for them: `all`, or `device=` and their ids.
   * @default none
   * @example "device=0,2"
   */
  gpus?: string;
}

/** The same, with every default filled in. */
export interface HostAccess {
  /** By path in the container. */
  readonly bindMounts: readonly Required<Readonly<BindMountArgs>>[];
  readonly devices: readonly Required<Readonly<DeviceArgs>>[];
  /** `undefined` is none. */
  readonly gpus: string | undefined;
}

export function normaliseHostAccess(args: HostAccessArgs): HostAccess {
  const { bindMounts = [], devices = [], gpus } = args;
  return {
    bindMounts: bindMounts
      .map(({ from, at, readOnly = true }) => ({ from, at, readOnly }))
      .sort((x, y) => (x.at < y.at ? -1 : 1)),
    devices: devices.map((device) => {
      const { from, at = from, permissions = "rw" } = deviceOf(device);
      return { from, at, permissions };
    }),
    gpus,
  };
}

/** In its long form. */
export function deviceOf(device: string | DeviceArgs): DeviceArgs {
  return typeof device === "string" ? { from: device } : device;
}

/**
 * Which storage driver an engine gets: a pure function of what is wanted and of what the machine has. Facts:
 * https://docs.docker.com/engine/storage/drivers/select-storage-driver/, https://docs.docker.com/engine/deprecated/
 */
import { type StorageSwitch, canSwitch } from "./switch-pairs.ts";

/**
 * `auto`: what fits the disk. `overlay2`, `btrfs`, `zfs`, `fuse-overlayfs` and `vfs` are Docker's own image store;
 * `overlayfs` is containerd's, of Docker 29 and newer.
 */
export const DRIVERS = [
  "auto",
  "overlay2",
  "overlayfs",
  "btrfs",
  "zfs",
  "fuse-overlayfs",
  "vfs",
] as const;

export type StorageDriver = (typeof DRIVERS)[number];

export interface StorageFacts {
  /** Version of the engine that is there, or of the one that will be; undefined: the distribution's, before 29. */
  engine: string | undefined;
  /** `6.12.48` */
  kernel: string;
  /** What is below the engine's data, as `stat --file-system` names it: `ext2/ext3`, `xfs`, `btrfs`, `zfs`, `overlayfs`. */
  disk: string;
  /** Whether an xfs tells directories from files by name (`ftype=1`); undefined: not known. */
  ftype: boolean | undefined;
  /** File systems that the kernel knows, or has modules for. */
  knows: readonly string[];
  /** Programs that are there, of `fuse-overlayfs` and `zfs`. */
  programs: readonly string[];
  /** The driver of the engine that runs; undefined: there is none yet. */
  current: string | undefined;
  /** Images and containers that the engine has. */
  holds: number;
}

/** What daemon.json is to say of it. */
export interface StorageChoice {
  rule: StorageRule;
  /** `storage-driver`; undefined: nothing is said, and the engine takes what is its default. */
  driver: string | undefined;
  /** For people: what speaks against it, where something does. */
  note?: string | undefined;
  /** Set where images and containers are in another driver, and somebody has agreed to the switch. */
  switch?: StorageSwitch;
}

export interface StorageRefusal {
  rule: StorageRule;
  /** What is wrong, and what to do. */
  refusal: string;
}

export type StorageRule =
  | "driver-unknown"
  | "driver-removed"
  | "driver-kept"
  | "driver-same"
  | "switch-with-data"
  | "switch-unknown"
  | "kernel-old"
  | "kernel-lacks"
  | "disk-unfit"
  | "disk-without-types"
  | "disk-is-memory"
  | "disk-is-remote"
  | "engine-old"
  | "program-missing"
  | "auto-containerd"
  | "auto-overlay2"
  | "auto-disk"
  | "auto-none"
  | "chosen"
  | "chosen-slow";

/** Drivers that are gone: the version that removed each. */
const REMOVED: Record<string, string> = { aufs: "24.0", overlay: "24.0", devicemapper: "25.0" };
/** From here on the default is containerd's store; 29.0.0 took names of drivers for those of snapshotters. */
const CONTAINERD = 29;
const REMOTE = ["nfs", "nfs4", "cifs", "smb2", "fuseblk", "ceph", "9p", "v9fs"];
const MEMORY = ["tmpfs", "ramfs"];
/** What overlay2 and overlayfs work on, of what Docker names as supported. */
const FOR_OVERLAY = ["ext2/ext3", "ext4", "xfs"];

/**
 * @param wanted a name as a user gave it.
 * @param agreed whether images may be taken along to another driver, and containers be stopped and made anew.
 */
export function chooseStorage(
  wanted: string,
  facts: StorageFacts,
  agreed = false,
): StorageChoice | StorageRefusal {
  const removed = REMOVED[wanted];
  if (removed !== undefined) {
    return refuse(
      "driver-removed",
      `the storage driver \`${wanted}\` is gone since Docker ${removed}. Take \`auto\`, or \`overlay2\``,
    );
  }
  if (!DRIVERS.some((driver) => driver === wanted)) {
    return refuse(
      "driver-unknown",
      `\`${wanted}\` is no storage driver of Docker's. There are: ${DRIVERS.join(", ")}`,
    );
  }
  const { current, holds } = facts;
  if (wanted === "auto" && current !== undefined) return { rule: "driver-kept", driver: undefined };
  if (wanted === current) return { rule: "driver-same", driver: undefined };
  const choice = wanted === "auto" ? chooseByDisk(facts) : tryDriver(wanted, facts);
  if ("refusal" in choice || current === undefined || holds === 0) return choice;
  const pair = { from: current, to: wanted };
  if (agreed && canSwitch(pair)) return { ...choice, switch: pair };
  const has = `its engine has the storage driver \`${current}\` and ${holds} images and containers, which \`${wanted}\` would not find. `;
  const byHand =
    "Take the host out of the program, remove them there (`docker system prune --all`), and bring it back; or keep the driver";
  if (agreed) {
    return refuse(
      "switch-unknown",
      `${has}\`switchStorage\` takes none along from \`${current}\` to \`${wanted}\`. ${byHand}`,
    );
  }
  const hint = canSwitch(pair)
    ? ". `switchStorage: true` takes the images along, and stops the containers"
    : "";
  return refuse("switch-with-data", `${has}${byHand}${hint}`);
}

/** What fits, best first. */
function chooseByDisk(facts: StorageFacts): StorageChoice | StorageRefusal {
  const { disk } = facts;
  const first = disk === "btrfs" || disk === "zfs" ? disk : isNew(facts) ? "overlayfs" : "overlay2";
  const found = tryDriver(first, facts);
  if (!("refusal" in found)) {
    if (first === "overlayfs") return { rule: "auto-containerd", driver: undefined };
    return { ...found, rule: first === "overlay2" ? "auto-overlay2" : "auto-disk" };
  }
  const fuse = tryDriver("fuse-overlayfs", facts);
  if (!("refusal" in fuse) && found.rule === "disk-unfit") return { ...fuse, rule: "auto-disk" };
  return refuse(
    found.rule === "disk-unfit" ? "auto-none" : found.rule,
    `${found.refusal}. With \`storage: "vfs"\` it works all the same: slow, and each layer as large as the whole image`,
  );
}

/** One driver on this machine, whatever is there of another one. */
function tryDriver(wanted: string, facts: StorageFacts): StorageChoice | StorageRefusal {
  const { disk, ftype, knows, programs, kernel, engine } = facts;
  if (MEMORY.includes(disk)) {
    return refuse(
      "disk-is-memory",
      `the engine's data would be in memory (${disk}), and gone when the machine restarts. Mount a disk at /var/lib/docker`,
    );
  }
  if (REMOTE.includes(disk)) {
    return refuse(
      "disk-is-remote",
      `the engine's data would be on ${disk}, which no storage driver works on. Mount a disk of its own at /var/lib/docker`,
    );
  }
  const chosen: StorageChoice = { rule: "chosen", driver: wanted };
  switch (wanted) {
    case "vfs":
      return {
        ...{ rule: "chosen-slow", driver: wanted },
        note: "vfs copies every layer whole: for tests, not for services",
      };
    case "btrfs":
    case "zfs": {
      if (disk !== wanted) return unfit(wanted, disk, [wanted]);
      if (!knows.includes(wanted)) return lacks(wanted, kernel);
      if (wanted === "zfs" && !programs.includes("zfs")) return missing("zfs", "zfsutils-linux");
      return chosen;
    }
    case "fuse-overlayfs":
      if (!knows.includes("fuse")) return lacks("fuse", kernel);
      if (!programs.includes("fuse-overlayfs")) return missing("fuse-overlayfs", "fuse-overlayfs");
      return {
        ...chosen,
        note: "fuse-overlayfs is slower than overlay2, which this disk does not take",
      };
    default: {
      if (versionOf(kernel) < 4) {
        return refuse(
          "kernel-old",
          `${wanted} needs Linux 4.0, and it runs ${kernel}. Install a newer system`,
        );
      }
      if (!knows.includes("overlay")) return lacks("overlay", kernel);
      if (!FOR_OVERLAY.includes(disk)) return unfit(wanted, disk, ["ext4", "xfs"]);
      if (disk === "xfs" && ftype === false) {
        return refuse(
          "disk-without-types",
          `${wanted} needs an xfs that was made with \`ftype=1\`, and the one of the engine's data was not. Make it anew ` +
            "(`mkfs.xfs -n ftype=1`), or mount another disk at /var/lib/docker",
        );
      }
      if (wanted === "overlayfs" && !isNew(facts)) {
        return refuse(
          "engine-old",
          `\`overlayfs\` is of containerd's image store, the default since Docker ${CONTAINERD}, and its engine is ` +
            `${engine ?? "the distribution's, which is older"}. Take \`overlay2\``,
        );
      }
      return chosen;
    }
  }
}

const isNew = ({ engine }: StorageFacts) => versionOf(engine ?? "0") >= CONTAINERD;

/** `26.1.5+dfsg1` → 26, and of a package `5:29.1.0-1~debian` 29. */
function versionOf(text: string): number {
  return Number(/^(?:\d+:)?(\d+)/.exec(text)?.[1] ?? 0);
}

function refuse(rule: StorageRule, refusal: string): StorageRefusal {
  return { rule, refusal };
}

function unfit(driver: string, disk: string, fits: string[]): StorageRefusal {
  return refuse(
    "disk-unfit",
    `${driver} does not work on ${disk}, where the engine's data would be. Mount a disk with ${fits.join(" or ")} at ` +
      "/var/lib/docker",
  );
}

function lacks(what: string, kernel: string): StorageRefusal {
  return refuse("kernel-lacks", `its kernel (${kernel}) has no ${what}. Install a kernel that has`);
}

function missing(program: string, packageName: string): StorageRefusal {
  return refuse(
    "program-missing",
    `it has no ${program}. Install it there (\`apt-get install ${packageName}\`)`,
  );
}

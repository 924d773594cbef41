/** Rules on volumes, folders in memory, and on services of which two replicas cannot live. */
import type { ContainerArgs, ServiceArgs } from "../args.ts";
import { DEFAULTS, tmpfsSize } from "../defaults.ts";
import { folderOf, isPlainPath } from "../values/folder-path.ts";
import { singleBecause } from "../normalise/single.ts";
import type { Volume } from "../types.ts";
import { SECRETS_FOLDER } from "../values/variables.ts";
import { pathOf, type Rule, type System, type View } from "./rule.ts";

const RESERVED = ["/proc", "/sys", "/dev", SECRETS_FOLDER];

/** Volumes of a service, with the path of each. */
function volumesOf({ name, args }: View<ServiceArgs>): { volume: Volume; path: string }[] {
  const { volume } = args;
  if (volume === undefined) return [];
  if (!Array.isArray(volume)) return [{ volume, path: pathOf(name, "volume") }];
  return volume.map((each, index) => ({ volume: each, path: pathOf(name, "volume", index) }));
}

function mountsOf(view: View<ContainerArgs> | View<ServiceArgs>) {
  const volumes = volumesOf(view as View<ServiceArgs>);
  const { bindMounts = [] } = view.args as ServiceArgs;
  return [
    ...volumes.map(({ volume, path }) => ({ at: volume.at, path: `${path}.at` })),
    ...(view.args.tmpfs ?? []).map(({ at }, index) => ({
      at,
      path: pathOf(view.name, "tmpfs", index, "at"),
    })),
    ...bindMounts.map(({ at }, index) => ({
      at,
      path: pathOf(view.name, "bindMounts", index, "at"),
    })),
  ];
}

const containers = ({ services, proxies }: System) => [...services, ...proxies];
const isMountPoint = (at: string) => isPlainPath(at) && !/[:,\s]/.test(at);

export const STORAGE_RULES: Rule[] = [
  {
    id: "volume-name",
    about: "A volume's name is one that Docker takes.",
    *check({ services }) {
      for (const service of services) {
        for (const { volume, path } of volumesOf(service)) {
          if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/.test(volume.name)) continue;
          yield {
            path: `${path}.name`,
            message: `\`${volume.name}\` of service \`${service.name}\` cannot be a volume's name.`,
            fix: "Use 2 to 63 letters, digits, `_`, `.` and `-`, first a letter or digit; a folder of the machine is mounted by `bindMounts`.",
          };
        }
      }
    },
  },
  {
    id: "volume-shared",
    about: "A volume is mounted once.",
    *check({ services }) {
      const owners = new Map<string, string>();
      for (const service of services) {
        for (const { volume, path } of volumesOf(service)) {
          const owner = owners.get(volume.name);
          owners.set(volume.name, owner ?? service.name);
          if (owner === undefined) continue;
          yield {
            path: `${path}.name`,
            message:
              owner === service.name
                ? `Service \`${owner}\` mounts the volume \`${volume.name}\` twice.`
                : `Services \`${owner}\` and \`${service.name}\` both mount the volume \`${volume.name}\`.`,
            fix: "Give each its own volume, and let services share data through a link.",
          };
        }
      }
    },
  },
  {
    id: "mount-path",
    about: "A volume or folder in memory is at an absolute path of its own.",
    *check(system) {
      for (const view of containers(system)) {
        for (const { at, path } of mountsOf(view)) {
          if (isMountPoint(at)) continue;
          yield {
            path,
            message: `\`${at}\` of service \`${view.name}\` is not a valid mount path.`,
            fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
          };
        }
      }
    },
  },
  {
    id: "mount-reserved",
    about: "Nothing is mounted where the system or secrets are.",
    *check(system) {
      for (const view of containers(system)) {
        for (const { at, path } of mountsOf(view)) {
          const taken = folderOf(at, RESERVED);
          if (taken === undefined) continue;
          yield {
            path,
            message: `\`${at}\` of service \`${view.name}\` is in \`${taken}\`, which is the runtime's.`,
            fix: "Use another folder.",
          };
        }
      }
    },
  },
  {
    id: "mount-twice",
    about: "No two mounts are at the same path.",
    *check(system) {
      for (const view of containers(system)) {
        const mounts = mountsOf(view);
        for (const [index, { at, path }] of mounts.entries()) {
          const first = mounts.slice(0, index).find((other) => other.at === at);
          if (first === undefined) continue;
          yield {
            path,
            message: `Service \`${view.name}\` mounts two things at \`${at}\`.`,
            fix: `Move one of them; the first is \`${first.path}\`.`,
          };
        }
      }
    },
  },
  {
    id: "tmpfs-memory",
    about: "Folders in memory leave some of the memory to the process.",
    *check(system) {
      for (const { name, role, args, has } of containers(system)) {
        if (has("memory") && args.memory === undefined) continue;
        const memory = args.memory ?? DEFAULTS[role].memory;
        const sizes = (args.tmpfs ?? []).map(({ size = tmpfsSize(memory) }) => size);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        if (total < memory) continue;
        yield {
          path: pathOf(name, "tmpfs"),
          message: `Folders in memory of service \`${name}\` may hold ${total} MiB, all of its ${memory} MiB.`,
          fix: "Give more `memory`, or smaller folders in `tmpfs`.",
        };
      }
    },
  },
  {
    id: "single-replicas",
    about: "A service of which two replicas cannot live has one.",
    *check({ services }) {
      for (const service of services) {
        const because = singleBecause({ ...service.args, role: service.role });
        const { replicas = 1 } = service.args;
        if (because === undefined || replicas === 1) continue;
        yield {
          path: pathOf(service.name, "replicas"),
          message: `Service \`${service.name}\` ${because}, so it cannot have ${replicas} replicas.`,
          fix: "Set `replicas` to 1, or remove it.",
        };
      }
    },
  },
  {
    id: "single-order",
    about: "A service of which two replicas cannot live is released stop-first.",
    *check({ services }) {
      for (const service of services) {
        const because = singleBecause({ ...service.args, role: service.role });
        if (because === undefined || service.args.releaseOrder !== "start-first") continue;
        yield {
          path: pathOf(service.name, "releaseOrder"),
          message: `Service \`${service.name}\` ${because}, so its new replica cannot start before the old one stops.`,
          fix: "Set `releaseOrder` to `stop-first`, or remove it.",
        };
      }
    },
  },
  {
    id: "single-placement",
    about: "A cache and a service with a volume are in one place.",
    *check({ services }) {
      for (const service of services) {
        const { placement, networkMode } = service.args;
        const because = singleBecause({ ...service.args, role: service.role });
        if (because === undefined || placement !== "everywhere") continue;
        if (networkMode === "host" && service.role !== "cache" && volumesOf(service).length === 0)
          continue;
        yield {
          path: pathOf(service.name, "placement"),
          message: `Service \`${service.name}\` ${because}, so it cannot be everywhere.`,
          fix: 'Name its host, e.g. `{ hosts: ["web-1"] }`, or remove `placement`.',
        };
      }
    },
  },
];

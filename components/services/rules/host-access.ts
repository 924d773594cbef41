/** Rules on what a service uses of the machine that it runs on. */
import { folderOf, isPlainPath } from "../values/folder-path.ts";
import { deviceOf } from "../host-access.ts";
import { code, pathOf, type Rule, type System } from "./rule.ts";

/** The system's and the engine's own: whoever has them has the machine. */
const TAKEN = [
  ...["/proc", "/sys", "/dev", "/run", "/var/run", "/boot"],
  ...["/var/lib/docker", "/var/lib/containerd"],
];

function* bindMounts({ services }: System) {
  for (const { name, args } of services) {
    for (const [index, mount] of (args.bindMounts ?? []).entries()) {
      yield { name, ...mount, path: pathOf(name, "bindMounts", index, "from") };
    }
  }
}

function* devices({ services }: System) {
  for (const { name, args } of services) {
    for (const [index, device] of (args.devices ?? []).entries()) {
      yield { name, ...deviceOf(device), path: pathOf(name, "devices", index) };
    }
  }
}

export const HOST_ACCESS_RULES: Rule[] = [
  {
    id: "bind-path",
    about: "A bind mount comes from an absolute path without detours.",
    *check(system) {
      for (const { name, from, path } of bindMounts(system)) {
        if (isPlainPath(from) && !/[:,]/.test(from)) continue;
        yield {
          path,
          message: `${code(from)} of service \`${name}\` is not a path that can be mounted.`,
          fix: "Give an absolute path other than `/`, without `..`, `:`, `,` or a slash at the end, e.g. `/srv/photos`.",
        };
      }
    },
  },
  {
    id: "bind-system",
    about: "Nothing of the system's or the engine's is mounted.",
    *check(system) {
      for (const { name, from, path } of bindMounts(system)) {
        const taken = folderOf(from, TAKEN);
        if (taken === undefined) continue;
        yield {
          path,
          message: `\`${from}\` of service \`${name}\` is in \`${taken}\`: whoever has it has the machine.`,
          fix: "Mount a folder that holds data alone, e.g. `/srv/photos`; a device is given in `devices`.",
        };
      }
    },
  },
  {
    id: "device-path",
    about: "A device is in `/dev`, here and in the container, with letters of `rwm`.",
    *check(system) {
      for (const { name, from, at = from, permissions = "rw", path } of devices(system)) {
        const isDevice = (file: string) =>
          isPlainPath(file) && file.startsWith("/dev/") && !/[:\s]/.test(file);
        const isAllowed = /^[rwm]{1,3}$/.test(permissions);
        if (isDevice(from) && isDevice(at) && isAllowed) continue;
        yield {
          path,
          message: isAllowed
            ? `${code(isDevice(from) ? at : from)} of service \`${name}\` is not a device's path.`
            : `${code(permissions)} is not what service \`${name}\` may do with a device.`,
          fix: isAllowed
            ? "Give a path in `/dev`, e.g. `/dev/fuse`."
            : "Use the letters `r`, `w` and `m`.",
        };
      }
    },
  },
  {
    id: "gpu-choice",
    about: "Graphics processors are all of them, or some by their ids.",
    *check({ services }) {
      for (const { name, args } of services) {
        const { gpus } = args;
        if (gpus === undefined || /^(all|device=[\w-]+(,[\w-]+)*)$/.test(gpus)) continue;
        yield {
          path: pathOf(name, "gpus"),
          message: `${code(gpus)} of service \`${name}\` names no graphics processors.`,
          fix: "Give `all`, or ids, e.g. `device=0,2` (`nvidia-smi -L` lists them).",
        };
      }
    },
  },
];

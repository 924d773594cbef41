/** Bad definitions: what a service uses of the machine. */
import { web, type Row } from "./row.ts";

const PATH =
  "Give an absolute path other than `/`, without `..`, `:`, `,` or a slash at the end, e.g. `/srv/photos`.";
const DATA =
  "Mount a folder that holds data alone, e.g. `/srv/photos`; a device is given in `devices`.";
const DEVICE = "Give a path in `/dev`, e.g. `/dev/fuse`.";

const notMountable = (from: string): Row => ({
  rule: "bind-path",
  definition: web({ bindMounts: [{ from, at: "/data" }] }),
  path: "web.bindMounts[0].from",
  message: `\`${from}\` of service \`web\` is not a path that can be mounted.`,
  fix: PATH,
});

const systems = (from: string, folder: string): Row => ({
  rule: "bind-system",
  definition: web({ bindMounts: [{ from, at: "/data" }] }),
  path: "web.bindMounts[0].from",
  message: `\`${from}\` of service \`web\` is in \`${folder}\`: whoever has it has the machine.`,
  fix: DATA,
});

const noDevice = (devices: unknown[], shown: string): Row => ({
  rule: "device-path",
  definition: web({ devices }),
  path: "web.devices[0]",
  message: `\`${shown}\` of service \`web\` is not a device's path.`,
  fix: DEVICE,
});

export const HOST_ACCESS_ROWS: Row[] = [
  ...["/", "data", "./data", "/srv/../etc", "/srv/photos/", "/srv:ro"].map(notMountable),
  systems("/var/run/docker.sock", "/var/run"),
  systems("/run/docker.sock", "/run"),
  systems("/proc", "/proc"),
  systems("/var/lib/docker/volumes", "/var/lib/docker"),
  {
    rule: "mount-path",
    definition: web({ bindMounts: [{ from: "/srv/photos", at: "photos" }] }),
    path: "web.bindMounts[0].at",
    message: "`photos` of service `web` is not a valid mount path.",
    fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
  },
  {
    rule: "mount-reserved",
    definition: web({ bindMounts: [{ from: "/srv/keys", at: "/run/secrets" }] }),
    path: "web.bindMounts[0].at",
    message: "`/run/secrets` of service `web` is in `/run/secrets`, which is the runtime's.",
    fix: "Use another folder.",
  },
  {
    rule: "mount-twice",
    definition: web({
      bindMounts: [{ from: "/srv/photos", at: "/data" }],
      tmpfs: [{ at: "/data" }],
    }),
    path: "web.bindMounts[0].at",
    message: "Service `web` mounts two things at `/data`.",
    fix: "Move one of them; the first is `web.tmpfs[0].at`.",
  },
  noDevice(["/srv/fuse"], "/srv/fuse"),
  noDevice([{ from: "/dev/fuse", at: "/fuse" }], "/fuse"),
  noDevice(["/dev/../etc/passwd"], "/dev/../etc/passwd"),
  {
    rule: "device-path",
    definition: web({ devices: [{ from: "/dev/fuse", permissions: "rx" }] }),
    path: "web.devices[0]",
    message: "`rx` is not what service `web` may do with a device.",
    fix: "Use the letters `r`, `w` and `m`.",
  },
  {
    rule: "gpu-choice",
    definition: web({ gpus: "2" }),
    path: "web.gpus",
    message: "`2` of service `web` names no graphics processors.",
    fix: "Give `all`, or ids, e.g. `device=0,2` (`nvidia-smi -L` lists them).",
  },
];

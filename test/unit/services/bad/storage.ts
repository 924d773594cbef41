/** Bad definitions: volumes, folders in memory, and services with one replica. */
import { edge, job, redis, web, type Row } from "./row.ts";

export const STORAGE_ROWS: Row[] = [
  {
    rule: "volume-name",
    definition: redis({ volume: { name: "/srv/redis", at: "/data" } }),
    path: "redis.volume.name",
    message: "`/srv/redis` of service `redis` cannot be a volume's name.",
    fix: "Use 2 to 63 letters, digits, `_`, `.` and `-`, first a letter or digit; a folder of the machine is mounted by `bindMounts`.",
  },
  {
    rule: "volume-name",
    definition: redis({ volume: [{ name: "a", at: "/data" }] }),
    path: "redis.volume[0].name",
    message: "`a` of service `redis` cannot be a volume's name.",
    fix: "Use 2 to 63 letters, digits, `_`, `.` and `-`, first a letter or digit; a folder of the machine is mounted by `bindMounts`.",
  },
  {
    rule: "volume-shared",
    definition: {
      ...redis({ volume: { name: "data", at: "/data" } }),
      ...web({ volume: { name: "data", at: "/data" } }),
    },
    path: "web.volume.name",
    message: "Services `redis` and `web` both mount the volume `data`.",
    fix: "Give each its own volume, and let services share data through a link.",
  },
  {
    rule: "volume-shared",
    definition: redis({
      volume: [
        { name: "data", at: "/a" },
        { name: "data", at: "/b" },
      ],
    }),
    path: "redis.volume[1].name",
    message: "Service `redis` mounts the volume `data` twice.",
    fix: "Give each its own volume, and let services share data through a link.",
  },
  {
    rule: "mount-path",
    definition: redis({ volume: { name: "data", at: "data" } }),
    path: "redis.volume.at",
    message: "`data` of service `redis` is not a valid mount path.",
    fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
  },
  {
    rule: "mount-path",
    definition: redis({ volume: { name: "data", at: "/" } }),
    path: "redis.volume.at",
    message: "`/` of service `redis` is not a valid mount path.",
    fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
  },
  {
    rule: "mount-path",
    definition: redis({ volume: { name: "data", at: "/data:ro" } }),
    path: "redis.volume.at",
    message: "`/data:ro` of service `redis` is not a valid mount path.",
    fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
  },
  {
    rule: "mount-path",
    definition: web({ tmpfs: [{ at: "/tmp" }, { at: "/var/../cache" }] }),
    path: "web.tmpfs[1].at",
    message: "`/var/../cache` of service `web` is not a valid mount path.",
    fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
  },
  {
    rule: "mount-path",
    definition: { ...web(), ...edge({ tmpfs: [{ at: "/run/" }] }) },
    path: "edge.tmpfs[0].at",
    message: "`/run/` of service `edge` is not a valid mount path.",
    fix: "Give an absolute path other than `/`, without `..`, `:`, `,`, blanks or a slash at the end, e.g. `/data`.",
  },
  {
    rule: "mount-reserved",
    definition: web({ tmpfs: [{ at: "/proc/self" }] }),
    path: "web.tmpfs[0].at",
    message: "`/proc/self` of service `web` is in `/proc`, which is the runtime's.",
    fix: "Use another folder.",
  },
  {
    rule: "mount-reserved",
    definition: redis({ volume: { name: "data", at: "/run/secrets" } }),
    path: "redis.volume.at",
    message: "`/run/secrets` of service `redis` is in `/run/secrets`, which is the runtime's.",
    fix: "Use another folder.",
  },
  {
    rule: "mount-twice",
    definition: redis({
      volume: [
        { name: "one", at: "/data" },
        { name: "two", at: "/data" },
      ],
    }),
    path: "redis.volume[1].at",
    message: "Service `redis` mounts two things at `/data`.",
    fix: "Move one of them; the first is `redis.volume[0].at`.",
  },
  {
    rule: "mount-twice",
    definition: redis({ volume: { name: "data", at: "/data" }, tmpfs: [{ at: "/data" }] }),
    path: "redis.tmpfs[0].at",
    message: "Service `redis` mounts two things at `/data`.",
    fix: "Move one of them; the first is `redis.volume.at`.",
  },
  {
    rule: "tmpfs-memory",
    definition: web({ memory: 64, tmpfs: [{ at: "/tmp", size: 64 }] }),
    path: "web.tmpfs",
    message: "Folders in memory of service `web` may hold 64 MiB, all of its 64 MiB.",
    fix: "Give more `memory`, or smaller folders in `tmpfs`.",
  },
  {
    rule: "tmpfs-memory",
    definition: web({ tmpfs: [{ at: "/tmp", size: 200 }, { at: "/cache" }] }),
    path: "web.tmpfs",
    message: "Folders in memory of service `web` may hold 264 MiB, all of its 256 MiB.",
    fix: "Give more `memory`, or smaller folders in `tmpfs`.",
  },
  {
    rule: "single-replicas",
    definition: redis({ replicas: 2 }),
    path: "redis.replicas",
    message: "Service `redis` is a cache, so it cannot have 2 replicas.",
    fix: "Set `replicas` to 1, or remove it.",
  },
  {
    rule: "single-replicas",
    definition: web({ replicas: 3, volume: { name: "data", at: "/data" } }),
    path: "web.replicas",
    message: "Service `web` has a volume, so it cannot have 3 replicas.",
    fix: "Set `replicas` to 1, or remove it.",
  },
  {
    rule: "single-replicas",
    definition: web({ replicas: 2, networkMode: "host" }),
    path: "web.replicas",
    message: "Service `web` has a port on the host's network, so it cannot have 2 replicas.",
    fix: "Set `replicas` to 1, or remove it.",
  },
  {
    rule: "single-order",
    definition: redis({ releaseOrder: "start-first" }),
    path: "redis.releaseOrder",
    message:
      "Service `redis` is a cache, so its new replica cannot start before the old one stops.",
    fix: "Set `releaseOrder` to `stop-first`, or remove it.",
  },
  {
    rule: "single-order",
    definition: web({ releaseOrder: "start-first", volume: { name: "data", at: "/data" } }),
    path: "web.releaseOrder",
    message:
      "Service `web` has a volume, so its new replica cannot start before the old one stops.",
    fix: "Set `releaseOrder` to `stop-first`, or remove it.",
  },
  {
    rule: "single-order",
    definition: web({ releaseOrder: "start-first", networkMode: "host" }),
    path: "web.releaseOrder",
    message:
      "Service `web` has a port on the host's network, so its new replica cannot start before the old one stops.",
    fix: "Set `releaseOrder` to `stop-first`, or remove it.",
  },
  {
    rule: "single-placement",
    definition: redis({ placement: "everywhere" }),
    path: "redis.placement",
    message: "Service `redis` is a cache, so it cannot be everywhere.",
    fix: 'Name its host, e.g. `{ hosts: ["web-1"] }`, or remove `placement`.',
  },
  {
    rule: "single-placement",
    definition: job({
      networkMode: "host",
      placement: "everywhere",
      volume: { name: "data", at: "/data" },
    }),
    path: "job.placement",
    message: "Service `job` has a volume, so it cannot be everywhere.",
    fix: 'Name its host, e.g. `{ hosts: ["web-1"] }`, or remove `placement`.',
  },
];

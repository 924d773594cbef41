/** What of an engine is looked at in an audit: pure functions of what it says of itself (`docker info`). */
import { type Check, type Finding, demand, run } from "./check.ts";

/** What an engine says of itself, as far as it is looked at. */
export interface EngineInfo {
  Driver?: string;
  LiveRestoreEnabled?: boolean;
  LoggingDriver?: string;
  SecurityOptions?: string[] | null;
  ExperimentalBuild?: boolean;
  Swarm?: { LocalNodeState?: string };
  RegistryConfig?: { InsecureRegistryCIDRs?: string[] | null };
}

const ENGINE: Check<EngineInfo>[] = [
  {
    id: "registries",
    demand: "registries are asked over TLS, but on loopback",
    look({ RegistryConfig }) {
      const open = (RegistryConfig?.InsecureRegistryCIDRs ?? []).filter(
        (range) => !/^(127\.|::1)/.test(range),
      );
      return demand(open.length === 0, `not those at ${open.join(", ")}: \`insecure-registries\``);
    },
  },
  {
    id: "storage",
    demand: "the storage driver is one for services",
    look: ({ Driver = "" }) =>
      demand(!["aufs", "devicemapper", "overlay", "vfs"].includes(Driver), `it is ${Driver}`),
  },
  {
    id: "live-restore",
    demand: "containers go on while the engine restarts",
    look: ({ LiveRestoreEnabled }) =>
      LiveRestoreEnabled === true
        ? { result: "pass" }
        : { result: "note", detail: "`live-restore` is off: they restart with it" },
  },
  {
    id: "seccomp",
    demand: "the engine filters system calls",
    look: ({ SecurityOptions }) =>
      demand(
        (SecurityOptions ?? []).some((each) => /seccomp/.test(each)),
        "it has no seccomp",
      ),
  },
  {
    id: "users",
    demand: "root in a container is nobody on the host",
    look: ({ SecurityOptions }) =>
      (SecurityOptions ?? []).some((each) => /userns|rootless/.test(each))
        ? { result: "pass" }
        : {
            result: "note",
            detail:
              "`userns-remap` is off: it excludes containerd's image store. Give services a `user`",
          },
  },
  {
    id: "logs",
    demand: "logs do not fill the disk",
    look: ({ LoggingDriver = "" }) =>
      LoggingDriver === "json-file"
        ? {
            result: "note",
            detail: "the default is json-file; services of ours say `local`, which rotates",
          }
        : { result: "pass" },
  },
  {
    id: "experimental",
    demand: "no experimental features",
    look: ({ ExperimentalBuild }) => demand(ExperimentalBuild !== true, "they are on"),
  },
];

export function auditEngine(info: EngineInfo): Finding[] {
  return run(ENGINE, info);
}

/**
 * What of a container is looked at in an audit: pure functions of what the engine says of it. Numbers are those of the CIS
 * Docker Benchmark, as docker-bench-security 1.6 prints them; the words are ours.
 */
import type Docker from "dockerode";
import { type Check, type Finding, demand, run } from "./check.ts";

type Container = Docker.ContainerInspectInfo;

const SENSITIVE = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sys", "/usr"];
const ROLE = "longshore.role";

const CONTAINER: Check<Container>[] = [
  {
    id: "5.4",
    demand: "all capabilities are dropped, and few given back",
    look({ HostConfig: { CapDrop, CapAdd } }) {
      const given = ((CapAdd ?? []) as string[]).map((name) => name.replace(/^CAP_/, ""));
      if (!((CapDrop ?? []) as string[]).includes("ALL")) {
        return { result: "warn", detail: 'not all are dropped: `capabilities: { drop: ["ALL"] }`' };
      }
      return given.length === 0
        ? { result: "pass" }
        : { result: "note", detail: `given back by the definition: ${given.join(", ")}` };
    },
  },
  {
    id: "5.5",
    demand: "it is not privileged",
    look: ({ HostConfig }) => demand(HostConfig.Privileged !== true, "it may do all that root may"),
  },
  {
    id: "5.6",
    demand: "no folder of the system is mounted",
    look({ Mounts }) {
      const found = Mounts.filter(
        ({ Type, Source }) => Type === "bind" && SENSITIVE.includes(Source),
      );
      return demand(found.length === 0, found.map(({ Source }) => Source).join(", "));
    },
  },
  {
    id: "5.8",
    demand: "no port below 1024 is published but the proxy's",
    look: ({ HostConfig, Config }) => {
      const low = portsOf(HostConfig).filter(({ port }) => port < 1024);
      if (low.length === 0) return { result: "pass" };
      const detail = low.map(({ port }) => port).join(", ");
      return Config.Labels[ROLE] === "forwarder"
        ? { result: "note", detail: `${detail}: the way in, by the definition's \`port\`` }
        : { result: "warn", detail };
    },
  },
  {
    id: "5.10",
    demand: "it has a network of its own",
    look: ({ HostConfig }) =>
      demand(HostConfig.NetworkMode !== "host", "it is on the host's network"),
  },
  {
    id: "5.11",
    demand: "its memory is limited",
    look: ({ HostConfig }) => demand((HostConfig.Memory ?? 0) > 0, "no limit: `memory`"),
  },
  {
    id: "5.13",
    demand: "its root file system is read-only",
    look: ({ HostConfig }) =>
      HostConfig.ReadonlyRootfs === true
        ? { result: "pass" }
        : {
            result: "note",
            detail: "the definition's `readOnlyRoot: false`: what it writes is gone with it",
          },
  },
  {
    id: "5.14",
    demand: "published ports are on a chosen address",
    look({ HostConfig, Config }) {
      const open = portsOf(HostConfig).filter(({ ip }) => ["", "0.0.0.0", "::"].includes(ip));
      if (open.length === 0) return { result: "pass" };
      const detail = `${open.map(({ port }) => port).join(", ")} on all addresses`;
      return Config.Labels[ROLE] === "forwarder"
        ? { result: "note", detail: `${detail}, by the definition's \`bind\`` }
        : { result: "warn", detail };
    },
  },
  {
    id: "5.15",
    demand: "it is restarted with a limit",
    look({ HostConfig: { RestartPolicy } }) {
      const { Name = "", MaximumRetryCount: most = 0 } = RestartPolicy ?? {};
      if (Name === "" || Name === "no" || (Name === "on-failure" && most > 0 && most <= 5)) {
        return { result: "pass" };
      }
      return {
        result: "note",
        detail: `\`${Name}\`: a service comes back however often it fails; the engine waits longer each time`,
      };
    },
  },
  {
    id: "5.16",
    demand: "it sees no processes of the host",
    look: ({ HostConfig }) => demand(HostConfig.PidMode !== "host", "it sees all"),
  },
  {
    id: "5.17",
    demand: "it shares no memory with the host",
    look: ({ HostConfig }) => demand(HostConfig.IpcMode !== "host", "it has the host's"),
  },
  {
    id: "5.18",
    demand: "it has no devices of the host",
    look({ HostConfig }) {
      const found = ((HostConfig.Devices ?? []) as Docker.DeviceMapping[]).map(
        (each) => each.PathOnHost,
      );
      if (found.length === 0) return { result: "pass" };
      return { result: "note", detail: `given by the definition: ${found.join(", ")}` };
    },
  },
  {
    id: "5.20",
    demand: "mounts in it stay in it",
    look({ Mounts }) {
      const shared = Mounts.filter(({ Propagation }) => /shared/.test(Propagation ?? ""));
      return demand(shared.length === 0, shared.map(({ Destination }) => Destination).join(", "));
    },
  },
  {
    id: "5.22",
    demand: "system calls are filtered",
    look: ({ HostConfig }) =>
      demand(!securityOf(HostConfig).includes("seccomp=unconfined"), "seccomp is off"),
  },
  {
    id: "5.26",
    demand: "it gains no rights by setuid programs",
    look: ({ HostConfig }) =>
      demand(
        securityOf(HostConfig).some((option) => /^no-new-privileges(:true)?$/.test(option)),
        "`noNewPrivileges` is off",
      ),
  },
  {
    id: "5.27",
    demand: "its health is checked",
    look: ({ Config }) =>
      (Config.Labels[ROLE] ?? "service") === "service"
        ? { result: "pass", detail: "by the proxy, before and after each switch" }
        : { result: "note", detail: "it is restarted when it ends, and a release looks at it" },
  },
  {
    id: "5.29",
    demand: "its processes are limited",
    look: ({ HostConfig }) =>
      demand(
        (HostConfig.PidsLimit ?? 0) > 0,
        "no limit: the next release that makes it anew sets one",
      ),
  },
  {
    id: "5.30",
    demand: "it is not on the engine's default network",
    // What a container was created with says `default` also where it was taken out of that.
    look: ({ NetworkSettings }) => demand(!("bridge" in NetworkSettings.Networks), "it is"),
  },
  {
    id: "5.31",
    demand: "it has no users of the host, where the engine separates them",
    look: ({ HostConfig }) => demand(HostConfig.UsernsMode !== "host", "it has"),
  },
  {
    id: "5.32",
    demand: "it does not reach the engine",
    look({ Mounts }) {
      const found = Mounts.filter(({ Source }) => /(docker|containerd)\.sock$/.test(Source));
      return demand(found.length === 0, "the engine's socket is mounted, which is being root");
    },
  },
];

/** Of one container, in the order of the numbers. */
export function auditContainer(container: Container): Finding[] {
  return run(CONTAINER, container);
}

function portsOf({ PortBindings }: Docker.HostConfig): { port: number; ip: string }[] {
  const all = Object.values((PortBindings ?? {}) as Record<string, Docker.PortBinding[] | null>);
  return all.flatMap((bindings) =>
    (bindings ?? []).map(({ HostPort, HostIp }) => ({
      port: Number(HostPort ?? 0),
      ip: HostIp ?? "",
    })),
  );
}

function securityOf({ SecurityOpt }: Docker.HostConfig): string[] {
  return (SecurityOpt ?? []) as string[];
}

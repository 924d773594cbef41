/** The audit: a container as ours are, and what each check finds at one that is not. */
import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { auditText } from "../../../components/cli/commands/audit.ts";
import { auditContainer } from "../../../components/fleet/operations/audit/container.ts";
import { type EngineInfo, auditEngine } from "../../../components/fleet/operations/audit/engine.ts";
import type { AuditFinding } from "../../../components/releases/operations.ts";

interface Parts {
  host?: object;
  networks?: object;
  mounts?: object[];
  role?: string;
}

const container = ({ host = {}, networks, mounts = [], role = "service" }: Parts = {}) =>
  ({
    Name: "/shop-app-1",
    Config: { Labels: { "longshore.role": role } },
    Mounts: mounts,
    NetworkSettings: { Networks: networks ?? { "shop-network": {} } },
    HostConfig: {
      ...{ CapDrop: ["ALL"], CapAdd: null, Privileged: false, NetworkMode: "shop-network" },
      ...{ Memory: 2 ** 28, ReadonlyRootfs: true, PortBindings: {}, PidsLimit: 2048 },
      ...{ RestartPolicy: { Name: "on-failure", MaximumRetryCount: 5 }, Devices: [] },
      SecurityOpt: ["no-new-privileges:true"],
      ...host,
    },
  }) as unknown as Docker.ContainerInspectInfo;
const notPassed = (parts: Parts) =>
  auditContainer(container(parts))
    .filter(({ result }) => result !== "pass")
    .map(({ check, result }) => `${result} ${check}`);
const published = (port: string, ip: string) => ({
  PortBindings: { "60080/tcp": [{ HostPort: port, HostIp: ip }] },
});

describe("a container", () => {
  it("as services are has nothing to remark on", () => {
    expect(notPassed({})).toEqual([]);
  });

  const rows: [what: string, parts: Parts, found: string[]][] = [
    ["without dropped capabilities", { host: { CapDrop: null } }, ["warn 5.4"]],
    ["with some given back", { host: { CapAdd: ["CAP_CHOWN"] } }, ["note 5.4"]],
    ["that is privileged", { host: { Privileged: true } }, ["warn 5.5"]],
    ["with /etc", { mounts: [{ Type: "bind", Source: "/etc" }] }, ["warn 5.6"]],
    ["with a folder of its own", { mounts: [{ Type: "bind", Source: "/srv/x" }] }, []],
    ["with port 80", { host: published("80", "127.0.0.1") }, ["warn 5.8"]],
    [
      "the way in with port 80",
      { host: published("80", "10.0.0.1"), role: "forwarder" },
      ["note 5.8", "note 5.27"],
    ],
    ["on the host's network", { host: { NetworkMode: "host" } }, ["warn 5.10"]],
    ["without a limit of memory", { host: { Memory: 0 } }, ["warn 5.11"]],
    ["that writes", { host: { ReadonlyRootfs: false } }, ["note 5.13"]],
    ["open to all", { host: published("8080", "0.0.0.0") }, ["warn 5.14"]],
    [
      "the way in, open to all",
      { host: published("8080", ""), role: "forwarder" },
      ["note 5.14", "note 5.27"],
    ],
    [
      "that always comes back",
      { host: { RestartPolicy: { Name: "unless-stopped" } } },
      ["note 5.15"],
    ],
    ["with the host's processes", { host: { PidMode: "host" } }, ["warn 5.16"]],
    ["with the host's memory", { host: { IpcMode: "host" } }, ["warn 5.17"]],
    ["with a device", { host: { Devices: [{ PathOnHost: "/dev/fuse" }] } }, ["note 5.18"]],
    [
      "that shares mounts",
      { mounts: [{ Type: "bind", Source: "/srv", Destination: "/d", Propagation: "rshared" }] },
      ["warn 5.20"],
    ],
    [
      "without seccomp",
      { host: { SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] } },
      ["warn 5.22"],
    ],
    ["that may gain rights", { host: { SecurityOpt: null } }, ["warn 5.26"]],
    ["without a limit of processes", { host: { PidsLimit: null } }, ["warn 5.29"]],
    ["on the default network", { networks: { bridge: {} } }, ["warn 5.30"]],
    ["with the host's users", { host: { UsernsMode: "host" } }, ["warn 5.31"]],
    [
      "with the engine's socket",
      { mounts: [{ Type: "bind", Source: "/var/run/docker.sock" }] },
      ["warn 5.32"],
    ],
    ["that is a proxy", { role: "proxy" }, ["note 5.27"]],
  ];
  it.each(rows)("%s", (_what, parts, found) => {
    expect(notPassed(parts)).toEqual(found);
  });

  it("is tried in every check", () => {
    const tried = new Set(rows.flatMap(([, , found]) => found.map((each) => each.split(" ")[1])));
    expect([...tried].sort()).toEqual(
      auditContainer(container())
        .map(({ check }) => check)
        .sort(),
    );
  });
});

describe("an engine", () => {
  const GOOD: EngineInfo = {
    ...{ Driver: "overlay2", LiveRestoreEnabled: true, LoggingDriver: "local" },
    ...{
      SecurityOptions: ["name=seccomp,profile=builtin", "name=userns"],
      ExperimentalBuild: false,
    },
    RegistryConfig: { InsecureRegistryCIDRs: ["127.0.0.0/8", "::1/128"] },
  };
  const rows: [what: string, info: EngineInfo, found: string[]][] = [
    ["as it should be", GOOD, []],
    [
      "that trusts a range",
      { ...GOOD, RegistryConfig: { InsecureRegistryCIDRs: ["10.0.0.0/8"] } },
      ["warn registries"],
    ],
    ["with vfs", { ...GOOD, Driver: "vfs" }, ["warn storage"]],
    ["without live-restore", { ...GOOD, LiveRestoreEnabled: false }, ["note live-restore"]],
    ["without seccomp", { ...GOOD, SecurityOptions: ["name=userns"] }, ["warn seccomp"]],
    ["without users of its own", { ...GOOD, SecurityOptions: ["name=seccomp"] }, ["note users"]],
    ["with json-file", { ...GOOD, LoggingDriver: "json-file" }, ["note logs"]],
    ["with experiments", { ...GOOD, ExperimentalBuild: true }, ["warn experimental"]],
    ["that says nothing", {}, ["note live-restore", "warn seccomp", "note users"]],
  ];
  it.each(rows)("%s", (_what, info, found) => {
    const all = auditEngine(info).filter(({ result }) => result !== "pass");
    expect(all.map(({ check, result }) => `${result} ${check}`)).toEqual(found);
  });
});

describe("the audit's table", () => {
  const finding = (subject: string, result: AuditFinding["result"], check = "5.29") => ({
    ...{ host: "web-1", subject, check, demand: "its processes are limited", result },
    detail: result === "pass" ? "" : "no limit",
  });

  it("has warnings first, and what several have in common once", () => {
    const found = [
      finding("a", "note", "5.15"),
      ...["a", "b", "c", "d"].map((name) => finding(name, "warn")),
      finding("e", "pass"),
    ];
    const lines = auditText(found).split("\n");
    expect(lines[1]).toMatch(/^warn +5\.29 +its processes are limited +no limit +4 of them$/);
    expect(lines[2]).toMatch(/^note +5\.15 .* web-1\/a$/);
    expect(lines.at(-1)).toBe("1 pass, 1 note, 4 warn.");
    expect(auditText(found, { all: true })).toContain("web-1/e");
    expect(auditText([finding("e", "pass")])).toBe("1 pass, 0 note, 0 warn.");
  });
});

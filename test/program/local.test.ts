/** `Pulumi.local.yaml` through the whole program, under mocks: every resource and what matters of it. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Registered,
  SESSION_KEY,
  configureFrom,
  isSecret,
  mockPulumi,
  plain,
  settled,
} from "../support/program.ts";

// What looks at the real machine before anything is planned; tested in test/unit and test/e2e.
vi.mock("../../components/hosts/inspect.ts", () => ({
  inspectHosts: () => Promise.resolve([]),
}));

vi.stubEnv("DOCKER_HOST", "unix:///engine.sock");

let resources: Registered[];
const find = (name: string, type = "") => {
  const found = resources.filter((entry) => entry.name === name && entry.type.includes(type));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} × ${name}`);
  return found[0];
};

beforeAll(async () => {
  resources = await mockPulumi("identidock", "local");
  configureFrom("Pulumi.local.yaml");
  await import("../../index.ts");
  await settled();
});

describe("the local stack", () => {
  it("has exactly these resources", () => {
    const image = (name: string) => [
      `longshore:images:TestedImage ${name}`,
      `docker-build:index:Image ${name}-test`,
      `docker-build:index:Image ${name}-release`,
      `command:local:Command ${name}-verify`,
      `docker-build:index:Image ${name}`,
      `docker-build:index:Image ${name}-tag`,
    ];
    const docker = (kind: string, name: string) =>
      `docker:index/${kind}:${kind[0]?.toUpperCase()}${kind.slice(1)} identidock-local-${name}`;
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(
      [
        ...["proxy", "app", "dnmonster", "redis"].flatMap(image),
        "longshore:hosts:LocalHost local",
        "pulumi:providers:docker local-engine",
        "longshore:fleet:Fleet identidock",
        "command:local:Command identidock-subnet",
        docker("network", "network"),
        docker("volume", "record"),
        docker("volume", "app-secrets"),
        docker("volume", "redis-redis-data"),
        ...["proxy", "app", "dnmonster", "redis"].map((name) =>
          docker("remoteImage", `${name}-image`),
        ),
        ...["forwarder", "http-proxy", "app-1", "app-2", "dnmonster-1", "redis-1"].map((name) =>
          docker("container", name),
        ),
        "longshore:fleet:Preflight identidock-preflight",
        "command:local:Command identidock-preflight-run",
        "longshore:fleet:Release identidock-release",
        "command:local:Command identidock-release-key",
        "command:local:Command identidock-release-run",
        "command:local:Command identidock-release-confirm",
      ].sort(),
    );
  });

  it("creates containers beside the old ones, stopped, and lets none but the forwarder open ports", () => {
    const containers = resources.filter(({ type }) => type.endsWith(":Container"));
    expect(containers).toHaveLength(6);
    for (const { name, inputs, options } of containers) {
      expect(inputs).toMatchObject({ start: false, mustRun: false, readOnly: true });
      expect(inputs).not.toHaveProperty("name");
      expect(options.deleteBeforeReplace).toBe(false);
      expect(options.replaceOnChanges).toContain("healthcheck");
      expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(10);
      expect(inputs.securityOpts).toEqual(["no-new-privileges:true"]);
      expect(inputs.capabilities).toEqual({ adds: [], drops: ["ALL"] });
      expect("ports" in inputs).toBe(name === "identidock-local-forwarder");
    }
  });

  it("gives app its links by name and its secret by file", () => {
    const { inputs } = find("identidock-local-app-1");
    expect(inputs.envs).toEqual([
      "DNMONSTER_HOST=dnmonster",
      "DNMONSTER_PORT=8080",
      "REDIS_HOST=redis",
      "REDIS_PORT=6379",
      "SESSION_KEY_FILE=/run/secrets/SESSION_KEY",
    ]);
    expect(inputs.volumes).toEqual([
      {
        volumeName: expect.stringMatching(/^identidock-local-app-secrets-[0-9a-f]{12}$/) as string,
        containerPath: "/run/secrets",
        readOnly: true,
      },
    ]);
  });

  it("keeps the volume of the secrets that serve until those of other values are in use", () => {
    expect(find("identidock-local-app-secrets").options.deleteBeforeReplace).toBe(false);
  });

  it("gives the forwarder the last address of the subnet that was chosen, and the links of each service lead there", () => {
    expect(find("identidock-local-network").inputs.ipamConfigs).toEqual([
      { subnet: "172.18.8.0/22", ipRange: "172.18.8.0/23" },
    ]);
    expect(find("identidock-local-network").options.ignoreChanges).toEqual(["ipamConfigs"]);
    expect(find("identidock-local-forwarder").inputs.networksAdvanced).toEqual([
      { name: "identidock-local-network-0000000", ipv4Address: "172.18.11.254" },
    ]);
    expect(find("identidock-local-http-proxy").inputs.networksAdvanced).toEqual([
      { name: "identidock-local-network-0000000" },
    ]);
    expect(find("identidock-local-app-1").inputs.hosts).toEqual([
      { host: "dnmonster", ip: "172.18.11.254" },
      { host: "redis", ip: "172.18.11.254" },
    ]);
    expect(find("identidock-local-redis-1").inputs).not.toHaveProperty("hosts");
  });

  it("chooses the subnet once, and no sooner than the hosts have agreed to the update", () => {
    const { inputs, options } = find("identidock-subnet");
    expect(JSON.parse(String(inputs.stdin))).toEqual({
      stack: "identidock/local",
      hosts: [{ name: "local", dockerHost: "unix:///engine.sock" }],
    });
    expect(options.ignoreChanges).toEqual(["interpreter", "create", "stdin", "logging"]);
    expect(options.dependsOn).toContain("identidock-preflight-run");
  });

  it("keeps the forwarder as it was made, but for its ports, addresses and memory", () => {
    const { inputs, options } = find("identidock-local-forwarder");
    const free = Object.keys(inputs).filter((key) => !options.ignoreChanges?.includes(key));
    expect(free.sort()).toEqual([
      ...["destroyGraceSeconds", "memory", "memorySwap", "mustRun", "networksAdvanced", "ports"],
      ...["restart", "start", "volumes"],
    ]);
  });

  it("protects the cache's volume, and no other", () => {
    const isProtected = resources.filter(({ options }) => options.protect).map(({ name }) => name);
    expect(isProtected).toEqual(["identidock-local-redis-redis-data"]);
  });

  it("shows the secret in no input but the release's request, where it is a secret", () => {
    const shown = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(SESSION_KEY));
    expect(shown.map(({ name }) => name)).toEqual(["identidock-release-run"]);
    const { stdin, ...rest } = find("identidock-release-run").inputs;
    expect(isSecret(stdin)).toBe(true);
    expect(JSON.stringify(rest)).not.toContain(SESSION_KEY);
  });

  it("asks the host whether it can hold old and new replicas, before any image is pulled", () => {
    const { inputs } = find("identidock-preflight-run");
    const request = JSON.parse(String(inputs.stdin)) as {
      stack: string;
      reserve: object;
      hosts: { name: string; dockerHost: string; services: Record<string, unknown>[] }[];
    };
    expect(request.stack).toBe("identidock/local");
    expect(request.reserve).toEqual({ memory: 0, disk: 1024 ** 3 });
    expect(request.hosts.map(({ name, dockerHost }) => `${name} ${dockerHost}`)).toEqual([
      "local unix:///engine.sock",
    ]);
    const hash = expect.stringMatching(/^[0-9a-f]{12}$/) as string;
    const line = { definition: hash, ramped: false };
    expect(request.hosts[0]?.services).toMatchObject([
      { ...line, name: "dnmonster", order: "start-first", replicas: 1 },
      { ...line, name: "redis", order: "stop-first", replicas: 1 },
      { ...line, name: "app", order: "start-first", replicas: 2 },
    ]);
  });

  it("creates nothing on a host that has not let the update pass", () => {
    const created = resources.filter(({ type }) => type.startsWith("docker:index/"));
    expect(created).toHaveLength(14);
    for (const { name, options } of created)
      expect(options.dependsOn, name).toContain("identidock-preflight-run");
  });

  it("keeps the stack's memory on the host in a volume that every state of it finds", () => {
    const { inputs } = find("identidock-local-record");
    expect(inputs.name).toMatch(/^longshore-identidock-local-[0-9a-f]{8}$/);
    for (const name of ["identidock-local-http-proxy", "identidock-local-forwarder"]) {
      expect(find(name).inputs.volumes).toEqual([
        { volumeName: inputs.name, containerPath: "/etc/longshore" },
      ]);
    }
  });

  it("names the state to the hosts by something that tells nothing of its key", () => {
    const { identity } = JSON.parse(String(find("identidock-preflight-run").inputs.stdin)) as {
      identity: string;
    };
    expect(identity).toMatch(/^[0-9a-f]{32}$/);
    const request = JSON.parse(String(plain(find("identidock-release-run").inputs.stdin))) as {
      identity: string;
      ledger: { key: string };
    };
    expect(request.identity).toBe(identity);
    expect(request.ledger.key).not.toContain(identity);
  });

  it("confirms a release when the state has saved what it did", () => {
    const { inputs } = find("identidock-release-confirm");
    expect(Object.keys(JSON.parse(String(inputs.stdin)) as object)).toEqual(["release", "hosts"]);
  });

  it("asks for a release of all services in link order, with how each changes", () => {
    const { inputs, options } = find("identidock-release-run");
    const request = JSON.parse(String(plain(inputs.stdin))) as {
      stack: string;
      services: { name: string; order: string; health: { kind: string } }[];
      hosts: { containers: Record<string, string[]> }[];
      ledger: { snapshot: { services: { name: string }[] }; rollbackTo?: number };
    };
    expect(request.stack).toBe("identidock/local");
    expect(request.services.map(({ name, order }) => `${name} ${order}`)).toEqual([
      "dnmonster start-first",
      "redis stop-first",
      "app start-first",
    ]);
    expect(request.hosts[0]?.containers.app).toEqual([
      "identidock-local-app-1-0000000",
      "identidock-local-app-2-0000000",
    ]);
    // What the ledger keeps says nothing of when and by whom, so that a second update is no change.
    expect(Object.keys(request.ledger).sort()).toEqual(["key", "snapshot"]);
    expect(Object.keys(request.ledger.snapshot).sort()).toEqual(["proxy", "services"]);
    expect(inputs.addPreviousOutputInEnv).toBe(true);
    expect(inputs).not.toHaveProperty("triggers");
    expect(inputs).not.toHaveProperty("delete");
    expect(options.parent).toContain("longshore:fleet:Release");
    const lines = Object.values(inputs.environment as Record<string, string>);
    expect(lines).toEqual([
      expect.stringMatching(/^app \S+ ×2 \(start-first: no downtime\)$/),
      expect.stringMatching(/^dnmonster \S+ ×1 \(start-first: no downtime\)$/),
      expect.stringMatching(/^redis \S+ ×1 \(stop-first: brief downtime\)$/),
    ]);
  });
});

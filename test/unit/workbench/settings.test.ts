import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  aptSources,
  architecture,
  dpkgOptions,
  releaseDate,
} from "../../../workbench/parts/base.ts";
import { builderInstance, buildkitToml } from "../../../workbench/parts/builder.ts";
import { ownerOf, passedOn } from "../../../workbench/elevate.ts";
import { daemonJson, explainFailure } from "../../../workbench/parts/engine.ts";
import { gatewayConfig } from "../../../workbench/parts/gateway.ts";
import { freePort, registryConfig } from "../../../workbench/parts/registry.ts";

describe("the engine's settings", () => {
  const paths = {
    id: "aabbccdd",
    state: "/s/workbench",
    runtime: "/run/longshore-aabbccdd",
    engineSocket: "/run/longshore-aabbccdd/docker.sock",
  };

  test("an engine by itself, with the loopback registry for a hub", () => {
    const mirror = "http://127.0.0.1:5055";
    expect(daemonJson({ paths, firewall: "own", pool: "10.213", mirror })).toEqual({
      "data-root": "/s/workbench/docker",
      "exec-root": "/run/longshore-aabbccdd/exec",
      hosts: ["unix:///run/longshore-aabbccdd/docker.sock"],
      bridge: "lsbr-aabbccdd",
      "default-address-pools": [{ base: "10.213.128.0/17", size: 24 }],
      "cgroup-parent": "/longshore-aabbccdd",
      "live-restore": true,
      "exec-opts": ["native.cgroupdriver=cgroupfs"],
      iptables: true,
      "userland-proxy": false,
      "log-driver": "json-file",
      "log-opts": { "max-size": "10m", "max-file": "3" },
      "registry-mirrors": ["http://127.0.0.1:5055"],
      "deprecated-key-path": "/s/workbench/docker-key.json",
    });
  });

  test("beside another engine it keeps its hands off iptables", () => {
    const beside = daemonJson({ paths, firewall: "beside", pool: "10.213", group: 1000 });
    expect(beside).toMatchObject({ iptables: false, "userland-proxy": true, group: "1000" });
    expect(beside).not.toHaveProperty("registry-mirrors");
  });

  test.each([
    ["write /x: no space left on device", "The disk is full"],
    ["iptables failed: iptables v1.8.9: Permission denied", "NET_ADMIN is missing"],
    ["Devices cgroup isn't mounted", "cgroups are not mounted or not writable"],
    ["error initializing graphdriver: driver not supported", "Set LONGSHORE_STATE to a folder on"],
    ["something new", "Fix what the log names"],
  ])("why it cannot be started: %s", (log, fix) => {
    const text = explainFailure("ended", log);
    expect(text).toContain("The Docker engine cannot be started: dockerd ended at once.");
    expect(text).toContain(log);
    expect(text).toContain(fix);
  });
});

describe("the builder's settings", () => {
  test("buildkitd.toml takes docker.io's images from the loopback registry", () => {
    const toml = buildkitToml({
      root: "/c/buildkit/0",
      socket: "/run/l/buildkit.sock",
      cgroup: "/l/build",
      registry: "127.0.0.1:5055",
      group: 1000,
    });
    expect(toml.trimEnd().split("\n")).toEqual([
      'root = "/c/buildkit/0"',
      "[grpc]",
      '  address = ["unix:///run/l/buildkit.sock"]',
      "  gid = 1000",
      "[otel]",
      '  socketPath = "/run/l/otel/buildkit.sock"',
      "[worker.containerd]",
      "  enabled = false",
      "[worker.oci]",
      "  enabled = true",
      '  binary = "runc"',
      "  gc = true",
      '  maxUsedSpace = "10GB"',
      '  minFreeSpace = "2GB"',
      '  defaultCgroupParent = "/l/build"',
      '[registry."docker.io"]',
      '  mirrors = ["127.0.0.1:5055"]',
      '[registry."127.0.0.1:5055"]',
      "  http = true",
    ]);
  });

  test("a builder in a container reaches the host's loopback address", () => {
    expect(builderInstance("b", "unix:///d.sock", "docker-container")).toEqual({
      Name: "b",
      Driver: "docker-container",
      Nodes: [
        {
          Name: "b0",
          Endpoint: "unix:///d.sock",
          Platforms: null,
          DriverOpts: { network: "host" },
          Flags: null,
          Files: null,
        },
      ],
      Dynamic: false,
    });
    expect(builderInstance("b", "unix:///b.sock", "remote").Nodes[0]?.DriverOpts).toBeNull();
  });
});

describe("the registry's settings", () => {
  test("it listens on loopback only, behind its gateway, and deletes nothing", () => {
    const config = registryConfig("/run/x/registry.sock", "/s");
    expect(config).toMatchObject({
      storage: { filesystem: { rootdirectory: "/s" } },
      http: { net: "unix", addr: "/run/x/registry.sock" },
    });
    expect(JSON.stringify(config)).not.toContain("delete");
    const gateway = gatewayConfig("127.0.0.1:5055", "/s", { username: "u", password: "p" });
    expect(gateway.match(/^ *bind .*$/gm)).toEqual(["    bind 127.0.0.1:5055"]);
  });

  describe("its port", () => {
    const server = createServer();
    afterEach(() => new Promise((done) => server.close(done)));

    test("a taken one is passed over", async () => {
      const port = await freePort(20_000);
      await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
      expect(await freePort(port)).toBeGreaterThan(port);
    });

    test("one that fetch does not talk to is passed over, too", async () => {
      await expect(fetch("http://127.0.0.1:5060/")).rejects.toMatchObject({
        cause: { message: "bad port" },
      });
      expect(await freePort(5060)).toBeGreaterThan(5061);
    });
  });
});

describe("base images", () => {
  test("the hub's image has the same sources", () => {
    expect(aptSources("trixie", "http://deb.debian.org")).toEqual([
      "deb http://deb.debian.org/debian trixie main",
      "deb http://deb.debian.org/debian trixie-updates main",
      "deb http://deb.debian.org/debian-security trixie-security main",
    ]);
  });

  test("dpkg's settings become options, comments do not", () => {
    expect(dpkgOptions("# why\npath-exclude=/a/*\n\npath-include=/a/b\n")).toEqual([
      "--dpkgopt=path-exclude=/a/*",
      "--dpkgopt=path-include=/a/b",
    ]);
  });

  test("the archive's date", () => {
    const release = "Origin: Debian\nDate: Sat, 15 Nov 2025 10:11:12 UTC\nHash: x\n";
    expect(releaseDate(release)).toBe(Date.UTC(2025, 10, 15, 10, 11, 12) / 1000);
    expect(() => releaseDate("Origin: Debian\n")).toThrow("has no date");
  });

  test("architectures by Docker's names", () => {
    expect(architecture("x64")).toBe("amd64");
    expect(architecture("arm64")).toBe("arm64");
  });
});

describe("under sudo", () => {
  test("what decides on places and the network is passed on, and nothing else", () => {
    const env = {
      PATH: "/bin",
      HOME: "/home/u",
      LONGSHORE_STATE: "/s",
      SSL_CERT_FILE: "/ca",
      https_proxy: "http://proxy:3128",
      AWS_SECRET_ACCESS_KEY: "secret",
      PULUMI_CONFIG_PASSPHRASE: "secret",
      GOPROXY: undefined,
    };
    expect(passedOn(env)).toEqual([
      "PATH=/bin",
      "HOME=/home/u",
      "LONGSHORE_STATE=/s",
      "SSL_CERT_FILE=/ca",
      "https_proxy=http://proxy:3128",
    ]);
  });

  test("the user it works for", () => {
    expect(ownerOf({ LONGSHORE_OWNER: "1000:100" })).toEqual({ uid: 1000, gid: 100 });
    expect(ownerOf({})).toBeUndefined();
    expect(ownerOf({ LONGSHORE_OWNER: "root" })).toBeUndefined();
  });
});

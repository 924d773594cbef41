/**
 * The rules that keep published ports open while dockerd restarts, on an engine of its own that is
 * killed: with them no connection is refused, without them some are. Linux and root only.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import type { Knocks } from "../support/knocks.ts";
import { LoadEngine } from "../support/load/engine.ts";
import { LoadImages } from "../support/load/images.ts";
import { pull } from "../support/pull.ts";

const KNOCKS = fileURLToPath(new URL("../support/knocks.ts", import.meta.url));
const ADDRESS = "10.201.8.254";
/** Where it is published: for the machine alone, and for everybody. */
const PUBLISHED = ["127.0.0.1:18080:8080", "0.0.0.0:18081:8080"];
/** Who knocks where; the middle address is the machine's in the container's network. */
const VISITORS = [
  { from: "the machine", at: "127.0.0.1:18080" },
  { from: "the machine", at: "10.201.8.1:18081" },
  { from: "outside", at: "10.201.9.1:18081" },
] as const;
type Visitor = (typeof VISITORS)[number];

describe.runIf(process.platform === "linux" && process.getuid?.() === 0)("keep-ports.sh", () => {
  let engine: LoadEngine;
  /** Holds the network of the visitor from outside. */
  let outside: ChildProcess;

  beforeAll(async () => {
    const workbench = await workbenchUp();
    const Image = await new LoadImages(workbench).app("v1");
    engine = await LoadEngine.create(workbench.registry);
    const docker = dockerClient(engine.dockerHost);
    await pull(docker, Image);
    const IPAM = { Driver: "default", Config: [{ Subnet: "10.201.8.0/24" }] };
    await docker.createNetwork({ Name: "fixed", IPAM });
    const bindings = PUBLISHED.map((text) => {
      const [HostIp, HostPort] = text.split(":");
      return { HostIp, HostPort };
    });
    const container = await docker.createContainer({
      Image,
      Env: ["ROLE=worker", "PORT=8080", "VERSION=v1"],
      ExposedPorts: { "8080/tcp": {} },
      HostConfig: { NetworkMode: "fixed", PortBindings: { "8080/tcp": bindings } },
      NetworkingConfig: { EndpointsConfig: { fixed: { IPAMConfig: { IPv4Address: ADDRESS } } } },
    });
    await container.start();
    await plugIn();
  });
  afterAll(async () => {
    outside?.kill();
    await engine?.destroy();
  });

  /** Another machine, as far as the engine's can tell: a network of its own and a cable between them. */
  async function plugIn(): Promise<void> {
    outside = spawn("unshare", ["--net", "sh", "-c", "echo ready; exec sleep 600"]);
    await once(outside.stdout ?? outside, "data");
    const cable = ["link", "add", "cable", "type", "veth", "peer", "name", "cable"];
    await run(engine.prefix, "ip", ...cable, "netns", String(outside.pid));
    for (const [prefix, address] of [
      [engine.prefix, "10.201.9.1/24"],
      [prefixOf("outside"), "10.201.9.2/24"],
    ] as const) {
      await run(prefix, "ip", "address", "add", address, "dev", "cable");
      await run(prefix, "ip", "link", "set", "cable", "up");
    }
  }

  const prefixOf = (from: Visitor["from"]) =>
    from === "outside" ? ["nsenter", `--net=/proc/${outside.pid}/ns/net`, "--"] : engine.prefix;

  /** Knocks at a published port while something happens. */
  async function during({ from, at }: Visitor, change: () => Promise<void>): Promise<Knocks> {
    const [program = "", ...args] = [...prefixOf(from), process.execPath, KNOCKS, at];
    const knocking = execa(program, args, { stdin: "pipe" });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await change();
    await new Promise((resolve) => setTimeout(resolve, 500));
    knocking.stdin.end();
    return JSON.parse((await knocking).stdout) as Knocks;
  }

  const restart = async () => {
    engine.kill();
    await engine.start();
  };

  it.each(VISITORS)("has a port to keep for $from at $at", async (visitor) => {
    await expect
      .poll(async () => (await during(visitor, async () => {})).failed, { timeout: 20_000 })
      .toEqual({});
  });

  it.each(VISITORS)("is needed: without it $from is refused at $at", async (visitor) => {
    const { failed } = await during(visitor, restart);
    expect(Object.keys(failed)).toEqual(["ECONNREFUSED"]);
  });

  it("can be run twice", async () => {
    for (let times = 0; times < 2; times++) await engine.keepPorts(ADDRESS, ...PUBLISHED);
    expect((await rules()).filter((rule) => rule.includes("-j LONGSHORE"))).toHaveLength(4);
  });

  it.each(VISITORS)("keeps every connection from $from at $at", async (visitor) => {
    const { opened, failed } = await during(visitor, restart);
    expect(failed).toEqual({});
    expect(opened).toBeGreaterThan(100);
  });

  it("leaves no rule when it is told no port", async () => {
    await engine.keepPorts(ADDRESS);
    expect((await rules()).filter((rule) => rule.includes("LONGSHORE"))).toEqual([]);
  });

  it.each([["10.201.8"], [ADDRESS, "0.0.0.0:80"], [ADDRESS, "eth0:80:8000"]])(
    "changes nothing when it is told %s %s",
    async (...args) => {
      const before = await rules();
      await expect(engine.keepPorts(...(args as [string]))).rejects.toThrow("usage: keep-ports.sh");
      expect(await rules()).toEqual(before);
    },
  );

  async function rules(): Promise<string[]> {
    const lines = (await run(engine.prefix, "iptables-save")).split("\n");
    return lines.filter((line) => line.startsWith("-A"));
  }
});

async function run(prefix: string[], ...command: string[]): Promise<string> {
  const [program = "", ...args] = [...prefix, ...command];
  return (await execa(program, args)).stdout;
}

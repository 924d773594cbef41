/** The firewall of a machine, seen from its neighbour: a scan of all ports finds what was opened, and nothing else. */
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { raiseFirewall, removeFirewall } from "../../components/hosts/firewall/run.ts";
import type { FirewallArgs } from "../../components/hosts/firewall/types.ts";
import { dockerClient } from "../../components/engine/client.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";

let bench: MachineBench;
let target: SshTarget;

beforeAll(async () => {
  bench = await MachineBench.create("firewall");
  target = await bench.machine("m1");
  const docker = dockerClient({ ssh: target });
  const Image = await bench.lendBase(target);
  // Containers of which only the first is meant to be reached, and a program of the host's.
  for (const port of [8080, 9000]) {
    const container = await docker.createContainer({
      ...{ Image, name: `open-${port}`, Cmd: ["sleep", "1000"] },
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostPort: String(port) }] } },
    });
    await container.start();
  }
  await bench.run(
    "m1",
    "systemd-run --unit=open systemd-socket-activate --accept --inetd -l 9999 cat",
  );
});
afterAll(() => bench?.remove());

async function raise(args: FirewallArgs) {
  const lines: string[] = [];
  await raiseFirewall({ name: "m1", target, ...args }, (line) => lines.push(line));
  return lines;
}

/** `open`: somebody takes connections; `closed`: refused, so nothing is in between; `silent`. */
function knock(port: number): Promise<"open" | "closed" | "silent"> {
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port });
    const end = (what: "open" | "closed" | "silent") => {
      socket.destroy();
      resolve(what);
    };
    socket.setTimeout(1500, () => end("silent"));
    socket.once("connect", () => end("open"));
    socket.once("error", () => end("closed"));
  });
}

/** The ports that answer at all, of all there are. */
async function scan(): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = { open: [], closed: [] };
  const all = Array.from({ length: 65535 }, (_, index) => index + 1);
  const AT_ONCE = 4000;
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const ports = all.slice(from, from + AT_ONCE);
    const answers = await Promise.all(ports.map(knock));
    answers.forEach((answer, index) => found[answer]?.push(ports[index] ?? 0));
  }
  return found;
}

it("lets neighbours reach SSH and the ports that are named, and nothing else", async () => {
  await expect.poll(() => knock(9999)).toBe("open");
  // The scan finds what is open: nothing of this computer's is in between.
  expect(await Promise.all([22, 8080, 9000, 9999, 9998].map(knock))).toEqual([
    ...["open", "closed", "closed", "open", "closed"],
  ]);
  expect(await raise({ ports: [8080] })).toEqual([
    "opening 22, 8080 to everybody, and nothing else",
  ]);
  const { open, closed } = await scan();
  expect(open).toEqual([22]);
  // Let through to a container in which nobody listens.
  expect(closed).toEqual([8080]);
});

it("is left as it is, and follows what is named", async () => {
  expect(await raise({ ports: [8080] })).toEqual([]);
  await raise({ ports: [8080, 9000] });
  expect(await Promise.all([8080, 9000, 9999].map(knock))).toEqual(["closed", "closed", "silent"]);
});

it("keeps containers from the cloud's metadata, and lets them call out", async () => {
  const rules = await bench.run("m1", "iptables -S LONGSHORE-DOCKER");
  expect(rules).toContain("-A LONGSHORE-DOCKER -d 169.254.169.254/32 -i br-+ -j DROP");
  expect(rules).toContain("-A LONGSHORE-DOCKER -i docker0 -j RETURN");
});

it("stays when the engine restarts, and comes back when the machine does", async () => {
  await bench.run("m1", "systemctl restart docker");
  expect(await knock(9999)).toBe("silent");
  expect(await bench.run("m1", "systemctl is-enabled longshore-firewall")).toBe("enabled\n");
});

it("ends by itself where nobody can log in any more", async () => {
  const keys = "/home/deploy/.ssh/authorized_keys";
  // Over the connection that is open already the rules can be set, and no other login succeeds.
  await raise({ ports: [8080, 9000] });
  await bench.run("m1", `mv ${keys} ${keys}.away`);
  await expect(raise({ ports: [] })).rejects.toThrow(
    /^Host `m1` lets nobody in with these rules \(.*refuses the login of `deploy`.*they end by themselves within a minute/,
  );
  await bench.run("m1", `mv ${keys}.away ${keys}`);
  expect(await knock(9999)).toBe("silent");
  // What the timer starts after a minute.
  await bench.run("m1", "systemctl is-active longshore-firewall-undo.timer");
  await bench.run("m1", "systemctl start longshore-firewall-undo.service");
  expect(await knock(9999)).toBe("open");
});

it("is taken away with its rules", async () => {
  await raise({ ports: [8080] });
  expect(await knock(9999)).toBe("silent");
  await removeFirewall({ name: "m1", target, ports: [] });
  expect(await knock(9999)).toBe("open");
  expect(await bench.run("m1", "iptables -S | grep -c LONGSHORE || true")).toBe("0\n");
});

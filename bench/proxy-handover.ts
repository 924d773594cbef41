/**
 * What it costs to replace the proxy's own container under load: as it is done now, and with an anchor
 * container that holds the network, the published port and the sockets' folder, which old and new
 * proxy join (docs/decisions/0008). `node bootstrap.mjs bench/proxy-handover.ts`
 */
import { execa } from "execa";
import { PROXY_USER } from "../components/fleet/state/record.ts";
import { renderProxyFiles } from "../components/fleet/proxy/render.ts";
import type { HostState } from "../components/fleet/types.ts";
import { Load } from "../test/support/load/index.ts";
import { ProxyBench } from "../test/support/proxy-bench.ts";

const PURPOSE = "handover";
const NAME = `longshore-e2e-${PURPOSE}`;
const LABEL = ["--label", `longshore.test=${NAME}`];
const PORT = 60080;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function stateOf(servers: string[]): HostState {
  const check = { kind: "tcp", interval: 1, timeout: 1, successes: 1 } as const;
  const endpoint = { port: 9090, protocol: "http" } as const;
  return {
    release: 1,
    settings: {
      routes: [{ path: "/", to: "app" }],
      ...{ publicPort: PORT, statusPort: 60404, errorPages: {} },
      ...{ connectTimeout: 2, clientTimeout: 60, serverTimeout: 60, drainTimeout: 5 },
    },
    services: { app: { active: "a", a: { tag: "v", servers, endpoint, health: check }, b: null } },
  };
}

const bench = await ProxyBench.create([PORT], PURPOSE);
const docker = (...args: string[]) => execa("docker", ["-H", bench.dockerHost, ...args]);
const url = bench.url(PORT);

async function answers(): Promise<void> {
  const isServed = () =>
    fetch(url).then(
      ({ status }) => status === 200,
      () => false,
    );
  while (!(await isServed())) await pause(50);
}

/** 300 requests a second, half on kept connections, from 1.5 s before to 2.5 s after. */
async function measure(what: string, work: () => Promise<void>): Promise<void> {
  const load = Load.start(url, { rate: 300 });
  await pause(1500);
  await work();
  await pause(2500);
  const { requests, failures, longestGap } = await load.stop();
  const row = [what, requests, failures.length, longestGap].join(" | ");
  console.log(`| ${row} |`);
}

/** Starts a proxy inside the anchor's network, and returns once its worker serves. */
async function join(name: string, more: string[]): Promise<string> {
  const mounts = ["-v", `${NAME}-run:/run/longshore`, "-v", `${NAME}-files:/etc/longshore`];
  const run = ["run", "-d", "--name", name, ...LABEL, "--init", ...mounts];
  const master = `/run/longshore/${name}.sock,mode,600`;
  const command = ["haproxy", "-W", "-db", "-S", master, "-f", "/etc/longshore/haproxy.cfg"];
  await docker(...run, "--network", `container:${NAME}-anchor`, NAME, ...command, ...more);
  for (;;) {
    const { stdout, stderr } = await docker("logs", name);
    if (`${stdout}${stderr}`.includes("Loading success")) return name;
    const view = await bench.host.inspect(name);
    if (view?.running !== true) throw new Error(`${name} does not run:\n${stdout}${stderr}`);
    await pause(30);
  }
}

try {
  const servers = [await bench.service("one"), await bench.service("two")];
  const files = Object.entries(renderProxyFiles(stateOf(servers))).map(([name, content]) => ({
    ...{ name, content, mode: 0o644 },
    ...PROXY_USER,
  }));
  const publish = ["-p", `127.0.0.1:${bench.ports[PORT]}:${PORT}`];
  console.log("| how | requests | failed | longest gap (ms) |\n| --- | --- | --- | --- |");

  const tmpfs = `/run/longshore:mode=0700,uid=${PROXY_USER.uid},gid=${PROXY_USER.gid}`;
  const two = [`${NAME}-old`, `${NAME}-new`] as const;
  for (const name of two) {
    const own = ["--init", "--network", NAME, "--tmpfs", tmpfs];
    await docker("create", "--name", name, ...LABEL, ...own, ...publish, NAME);
    await bench.host.writeFiles(name, "/etc/longshore", files);
  }
  await bench.host.start(two[0]);
  await answers();
  for (const [from, to] of [two, [...two].reverse(), two]) {
    await measure("stop old, start new (as it is)", async () => {
      await bench.host.stop(from ?? "", 3);
      await bench.host.start(to ?? "");
      await answers();
    });
  }
  await docker("rm", "-fv", ...two);

  for (const volume of ["run", "files"]) {
    await docker("volume", "create", ...LABEL, `${NAME}-${volume}`);
  }
  const volumes = ["-v", `${NAME}-run:/run/longshore`, "-v", `${NAME}-files:/etc/longshore`];
  const anchor = ["run", "-d", "--name", `${NAME}-anchor`, ...LABEL, "--init", "--network", NAME];
  await docker(...anchor, ...volumes, ...publish, NAME, "sleep", "infinity");
  await bench.host.writeFiles(`${NAME}-anchor`, "/etc/longshore", files);
  let serving = await join(`${NAME}-0`, []);
  await answers();
  const socket = ["-x", "/run/longshore/admin.sock"];
  for (const [round, more] of [
    [],
    [],
    [],
    [],
    [],
    socket,
    socket,
    socket,
    socket,
    socket,
  ].entries()) {
    const how = more.length === 0 ? "port shared (SO_REUSEPORT)" : "open ports handed over (-x)";
    await measure(`anchor, ${how}`, async () => {
      const next = await join(`${NAME}-${round + 1}`, more);
      await bench.host.stop(serving, 5); // SIGUSR1: ends what it has, takes no more
      serving = next;
    });
  }

  // The price: a restarted anchor is another network, and the proxy stays in the one that is gone.
  await docker("restart", "--time", "1", `${NAME}-anchor`);
  const view = await bench.host.inspect(serving);
  const found = await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
    ({ status }) => String(status),
    () => "no answer",
  );
  console.log(`\nanchor restarted: the proxy runs: ${view?.running}; a request gets: ${found}`);
} finally {
  await bench.remove();
}

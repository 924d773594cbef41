/** Everything that the system is made of and that a killed release may leave: to be compared. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { LoadSystem } from "./system.ts";

/**
 * One line for each container (by service, not by name, which differs from release to release),
 * network, volume, file of the proxy, lock and torn file of Pulumi's, and process of an update.
 */
export async function inventory(system: LoadSystem): Promise<string[]> {
  const filters = { label: [system.label] };
  const containers = Object.entries(await system.containers()).flatMap(([service, list]) =>
    list.map(({ running }) => `container of ${service}, ${running ? "running" : "not running"}`),
  );
  const onHosts = Object.values(system.engines).map(async (docker) => {
    const networks = await docker.listNetworks({ filters });
    const { Volumes } = await docker.listVolumes({ filters });
    return [
      ...networks.map(({ Name }) => `network ${Name}`),
      ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ];
  });
  const find = ["find", "/etc/longshore", "/run/longshore", "-type", "f", "-o", "-type", "s"];
  return [
    ...containers,
    ...(await Promise.all(onHosts)).flat(),
    ...(await inProxies(system, find))
      .flatMap((files) => files.split("\n"))
      .filter(Boolean)
      // A folder for each container.
      .map((file) => file.replace(/(?<=\/entry\/)[0-9a-f]{12}/, "ID"))
      .map((file) => `file of the proxy ${file}`),
    ...stateFiles(system.backend).map((file) => `file of Pulumi's ${file}`),
    ...ownProcesses(system).map(({ command }) => `process ${command}`),
  ].sort();
}

/** The versions that answer: of app, and of the worker behind it. All that hosts have, if they differ. */
export async function serving(system: LoadSystem): Promise<{ app: string; dnmonster: string }> {
  const heads = (path: string) =>
    inProxies(system, [
      "curl",
      ...["--silent", "--max-time", "5", "--dump-header", "-", "--output", "/dev/null"],
      `http://127.0.0.1:60080${path}`,
    ]);
  const version = (texts: string[], header: string) => {
    const found = texts.map(
      (text) =>
        new RegExp(`^${header}: \\S+ (\\S+)`, "im").exec(text)?.[1] ?? `? ${text.split("\r")[0]}`,
    );
    return [...new Set(found)].join(" and ");
  };
  return {
    app: version(await heads("/"), "x-served-by"),
    dnmonster: version(await heads("/via"), "x-via"),
  };
}

/** Runs a command in the proxy's container, on the first host, and returns what it printed. */
export async function inProxy(system: LoadSystem, command: string[]): Promise<string> {
  const [proxy] = ((await system.containers()).proxy ?? []).filter(({ running }) => running);
  return proxy === undefined ? "" : runIn(system, proxy.id, command);
}

/** The same on every host; nothing where it fails, as in a proxy that is being replaced. */
async function inProxies(system: LoadSystem, command: string[]): Promise<string[]> {
  const { proxy = [] } = await system.containers();
  return Promise.all(
    Object.keys(system.engines).map(async (name) => {
      const found = proxy.find(({ host, running }) => running && host === name);
      return found === undefined ? "" : runIn(system, found.id, command).catch(() => "");
    }),
  );
}

/** Runs a command in a container and returns its standard output. */
export async function runIn(
  system: LoadSystem,
  id: string,
  command: string[],
  User?: string,
): Promise<string> {
  const exec = await system.container(id).exec({
    Cmd: command,
    User,
    AttachStdout: true,
    Tty: true, // one stream, without frames
  });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({ Tty: true })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().replaceAll("\r\n", "\n");
}

/** Locks, half-written files and descriptions that cannot be read. */
function stateFiles(backend: string): string[] {
  const folder = join(backend, ".pulumi");
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) =>
      /^locks\/.*\.json$/.test(file) ||
      file.endsWith(".tmp") ||
      (file.endsWith(".attrs") && readFileSync(join(folder, file), "utf8").trim() === ""),
  );
}

/** Processes that work for this system's Pulumi (Linux only: elsewhere none is seen). */
export function ownProcesses({
  backend,
}: Pick<LoadSystem, "backend">): { pid: number; command: string }[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, "utf8").split("\0");
      if (!environment.includes(`PULUMI_BACKEND_URL=file://${backend}`)) return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      // Connections that later commands share: they end by themselves.
      const shared = /^ssh: \S+ \[mux\]/.test(command);
      return command === "" || shared ? [] : [{ pid: Number(entry), command }];
    } catch {
      return []; // has ended
    }
  });
}

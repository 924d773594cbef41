// The engine's bridge, its address range, and its firewall rules: chosen so that they meet nothing
// that exists on this machine, and removed without a trace.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { execa, ExecaError } from "execa";
import { systemPath } from "./packages.ts";
import { otherEngines } from "../processes.ts";
import { WorkbenchError } from "../progress.ts";
import type { State } from "../state.ts";

type Before = NonNullable<NonNullable<State["engine"]>["before"]>;

export const bridgeName = (id: string) => `lsbr-${id}`;
const chainName = (id: string) => `LONGSHORE-${id}`;
const IP_FORWARD = "/proc/sys/net/ipv4/ip_forward";

/** The first free one of 10.200 … 10.249, beginning at a place that differs from clone to clone. */
export function choosePool(id: string, taken: readonly string[]): string {
  const start = Number.parseInt(id.slice(0, 4), 16) % 50;
  for (let step = 0; step < 50; step++) {
    const pool = `10.${200 + ((start + step) % 50)}`;
    if (!taken.some((address) => overlaps(pool, address))) return pool;
  }
  throw new WorkbenchError(
    "All address ranges 10.200.0.0/16 to 10.249.0.0/16 are in use on this machine. Free one of them (see `ip route`).",
  );
}

/** Whether an address or range such as `10.213.4.0/24` touches the /16 of `pool`. */
export function overlaps(pool: string, range: string): boolean {
  const [address = "", length = "32"] = range.split("/");
  const bits = Math.min(16, Number(length));
  // A default route covers everything and so collides with nothing.
  if (bits === 0) return false;
  return prefix(`${pool}.0.0`, bits) === prefix(address, bits);
}

function prefix(address: string, bits: number): number {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return Math.floor(value / 2 ** (32 - bits));
}

/** Addresses and routes of this machine, and its name servers. */
export async function takenRanges(): Promise<string[]> {
  const { stdout } = await ip(["-json", "route", "show", "table", "all"]);
  const routes = (JSON.parse(stdout || "[]") as { dst?: string }[]).map((route) => route.dst ?? "");
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((entry) => entry.cidr ?? entry.address),
  );
  const servers = readFileSync("/etc/resolv.conf", "utf8").match(/^nameserver\s+\S+/gm) ?? [];
  return [...routes, ...addresses, ...servers.map((line) => line.split(/\s+/)[1] ?? "")].filter(
    (range) => /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(range),
  );
}

export async function ensureBridge(id: string, pool: string): Promise<void> {
  const name = bridgeName(id);
  const exists = (await ip(["link", "show", name], false)).exitCode === 0;
  try {
    if (!exists) await ip(["link", "add", "name", name, "type", "bridge"]);
    await ip(["address", "replace", `${pool}.0.1/24`, "dev", name]);
    await ip(["link", "set", name, "up"]);
  } catch (error) {
    const why = error instanceof ExecaError ? String(error.stderr).trim() : String(error);
    throw new WorkbenchError(
      `The Docker engine cannot be started: the bridge ${name} cannot be made (${why}). Does this machine let root change its ` +
        "network (NET_ADMIN)? In a container, run it with --privileged, or use the host's engine through DOCKER_HOST.",
    );
  }
}

export async function firewallBefore(): Promise<Before> {
  const rules = await iptables(["-S", "FORWARD"], false);
  const policy = /^-P FORWARD (\w+)$/m.exec(rules.stdout)?.[1] ?? "ACCEPT";
  return { ipForward: readFileSync(IP_FORWARD, "utf8").trim(), forwardPolicy: policy };
}

/** Whether an engine of somebody else runs here that has iptables to itself, as engines do. */
export function enginesWithRules(runtime: string): boolean {
  return otherEngines(runtime).some(({ args }) => {
    const at = args.indexOf("--config-file");
    const file = at < 0 ? undefined : args[at + 1];
    return file === undefined || !existsSync(file) || writesRules(readFileSync(file, "utf8"));
  });
}

/** What a daemon.json says about it; another workbench's engine may leave iptables alone. */
export function writesRules(daemonJson: string): boolean {
  try {
    return (JSON.parse(daemonJson) as { iptables?: boolean }).iptables !== false;
  } catch {
    return true;
  }
}

/** Rules for an engine that must keep its hands off iptables, because another one uses them. */
export async function ensureRulesBeside(id: string, pool: string): Promise<void> {
  const chain = chainName(id);
  const range = `${pool}.0.0/16`;
  await removeRules(id, pool);
  writeFileSync(IP_FORWARD, "1");
  await iptables(["-N", chain]);
  await iptables(["-A", chain, "-s", range, "-j", "ACCEPT"]);
  const answers = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"];
  await iptables(["-A", chain, "-d", range, ...answers, "-j", "ACCEPT"]);
  await iptables(["-I", "FORWARD", "-j", chain]);
  await iptables([
    ..."-t nat -A POSTROUTING -s".split(" "),
    range,
    "!",
    "-d",
    range,
    "-j",
    "MASQUERADE",
  ]);
}

/** The range of a bridge that is still there, for when nobody remembers it. */
export async function poolOfBridge(id: string): Promise<string | undefined> {
  const { stdout } = await ip(["-4", "-json", "address", "show", "dev", bridgeName(id)], false);
  const address = (JSON.parse(stdout || "[]") as Link[])[0]?.addr_info?.[0]?.local;
  return address?.split(".").slice(0, 2).join(".");
}

interface Link {
  ifname?: string;
  addr_info?: { local?: string }[];
}

/** Removes the bridges whose address is in our range; nobody else has one there. */
export async function removeBridges(id: string, pool: string | undefined): Promise<string[]> {
  const listed = await ip(["-json", "address", "show", "type", "bridge"], false);
  const links = JSON.parse(listed.stdout || "[]") as Link[];
  const ours = links.flatMap((link) => {
    const inPool = link.addr_info?.some(
      ({ local }) => pool !== undefined && local?.startsWith(`${pool}.`),
    );
    return link.ifname && (inPool || link.ifname === bridgeName(id)) ? [link.ifname] : [];
  });
  for (const name of ours) await ip(["link", "delete", name], false);
  return ours;
}

/** Removes rules that name our bridges, our range, or our chain. */
export async function removeRules(id: string, pool: string | undefined, bridges: string[] = []) {
  const chain = chainName(id);
  const names = [bridgeName(id), ...bridges];
  for (const table of ["filter", "nat"]) {
    const { stdout } = await iptables(["-t", table, "-S"], false);
    for (const rule of ownRules(stdout, { chain, bridges: names, pool })) {
      await iptables(["-t", table, "-D", ...rule.slice(1)], false);
    }
    await iptables(["-t", table, "-F", chain], false);
    await iptables(["-t", table, "-X", chain], false);
  }
}

export interface Owned {
  chain: string;
  bridges: readonly string[];
  pool: string | undefined;
}

/** The rules (split into words) among the output of `iptables -S` that are ours. */
export function ownRules(listing: string, owned: Owned): string[][] {
  return listing
    .split("\n")
    .filter((line) => line.startsWith("-A ") && !line.startsWith(`-A ${owned.chain} `))
    .map((line) => (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', "")))
    .filter((words) =>
      words.some(
        (word) =>
          word === owned.chain ||
          owned.bridges.includes(word) ||
          (owned.pool !== undefined && word.startsWith(`${owned.pool}.`)),
      ),
    );
}

/**
 * Docker's own chains and the kernel's settings go back to what they were before the engine.
 * Only for an engine that had iptables to itself, and when no other one does.
 */
export async function restoreFirewall(before: Before | undefined, runtime: string) {
  for (const table of ["filter", "nat"]) {
    const { stdout } = await iptables(["-t", table, "-S"], false);
    for (const command of dockerLeftovers(stdout)) await iptables(["-t", table, ...command], false);
  }
  if (before === undefined) return;
  await iptables(["-P", "FORWARD", before.forwardPolicy], false);
  // An engine that keeps its hands off iptables needs forwarding all the same.
  if (otherEngines(runtime).length === 0) writeFileSync(IP_FORWARD, before.ipForward);
}

/** What takes Docker's chains out of a table: first the jumps into them, then their contents, then they. */
export function dockerLeftovers(listing: string): string[][] {
  const lines = listing.split("\n").map((line) => line.split(" "));
  const docker = (name: string | undefined) => /^DOCKER(-|$)/.test(name ?? "");
  const chains = lines.flatMap(([flag, name]) =>
    flag === "-N" && docker(name) ? [name ?? ""] : [],
  );
  const jumps = lines.filter(
    (words) => words[0] === "-A" && !docker(words[1]) && docker(words[words.indexOf("-j") + 1]),
  );
  return [
    ...jumps.map((words) => ["-D", ...words.slice(1)]),
    ...chains.map((name) => ["-F", name]),
    ...chains.map((name) => ["-X", name]),
  ];
}

function ip(args: readonly string[], strict = true) {
  return execa("ip", args, { reject: strict, env: { PATH: systemPath() } });
}

function iptables(args: readonly string[], strict = true) {
  return execa("iptables", ["--wait", ...args], { reject: strict, env: { PATH: systemPath() } });
}

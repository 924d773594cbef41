/** Fills in what a valid definition leaves out, and puts everything in a stable order. */
import * as pulumi from "@pulumi/pulumi";
import type { ContainerArgs, ServiceArgs } from "../args.ts";
import { DEFAULTS, tmpfsSize } from "../defaults.ts";
import { tagOf } from "../values/image-reference.ts";
import { linkOrder } from "./link-order.ts";
import { singleBecause } from "./single.ts";
import type * as normal from "../types.ts";
import { plainPath } from "../values/url-path.ts";
import { fileVariable, SECRETS_FOLDER } from "../values/variables.ts";
import type { Definition } from "../definition.ts";
import type { ProxyArgs, RouteArgs } from "../proxy-args.ts";
import { asciiDomain } from "../values/domain.ts";
import { compare, given, mapValues, sorted } from "../values/maps.ts";
import {
  normaliseHealthCheck,
  normaliseSmokeCheck,
  normaliseStrategy,
  normaliseWatch,
} from "./release.ts";
import { normaliseHostAccess } from "../host-access.ts";
import { normaliseLinks, normalisePorts } from "./ports.ts";
import { type Link, type Ports, targetOf } from "../ports.ts";
import { normaliseProcess } from "../process.ts";
import { normaliseTls } from "./tls.ts";

type ServiceDefinition = { role: normal.Service["role"] } & ServiceArgs;

/** The normal form of a definition that `validateServices` has no problem with. */
export function normalise(definition: Definition): normal.Services {
  const services: Record<string, ServiceDefinition> = {};
  let proxy: normal.Proxy | undefined;
  for (const [name, given] of Object.entries(definition)) {
    if (given.role === "proxy") proxy = normaliseProxy(name, given);
    else services[name] = given;
  }
  const ports = mapValues(services, (args) => normalisePorts(args.role, args));
  const portsOf = (name: string) => ports[name] ?? { endpoint: undefined, ports: {} };
  const byName = mapValues(services, (args, name) => normaliseService(name, args, portsOf));
  const { order } = linkOrder(
    mapValues(services, ({ links = [] }) => links.map((to) => targetOf(to).service)),
  );
  return { list: order.flatMap((name) => byName[name] ?? []), byName, proxy };
}

function normaliseService(
  name: string,
  args: ServiceDefinition,
  portsOf: (service: string) => Ports,
): normal.Service {
  const { role } = args;
  const defaults = DEFAULTS[role];
  const links = normaliseLinks(args.links ?? [], portsOf);
  const secrets = normaliseSecrets(args.secrets ?? {});
  return {
    ...normaliseContainer(name, args),
    role,
    image: normaliseImage(args.image),
    command: args.command,
    environment: sorted({
      ...args.environment,
      ...Object.fromEntries(links.flatMap(linkEnvironment)),
      ...Object.fromEntries(secrets.flatMap(secretEnvironment)),
    }),
    secrets,
    links,
    ...portsOf(name),
    replicas: args.replicas ?? defaults.replicas,
    placement: normalisePlacement(args.placement),
    healthCheck: normaliseHealthCheck(args),
    deadline: args.deadline ?? defaults.deadline,
    drain: args.drain ?? defaults.drain,
    watch: normaliseWatch(args.watch, defaults.watch),
    releaseOrder:
      args.releaseOrder ?? (singleBecause(args) === undefined ? "start-first" : "stop-first"),
    strategy: normaliseStrategy(args.strategy),
    smokeChecks: (args.smokeChecks ?? []).map(normaliseSmokeCheck),
    sticky: args.sticky === undefined ? undefined : { cookie: args.sticky.cookie },
    releaseCommand: args.releaseCommand,
    ...normaliseProcess(args, defaults),
    ...normaliseHostAccess(args),
    volumes: volumesOf(args),
    networkMode: args.networkMode ?? "stack",
  };
}

function normaliseProxy(name: string, args: { role: "proxy" } & ProxyArgs): normal.Proxy {
  const defaults = DEFAULTS.proxy;
  const { statusPage = defaults.statusPage, timeouts } = args;
  return {
    ...normaliseContainer(name, args),
    role: "proxy",
    image: args.image === undefined ? undefined : normaliseImage(args.image),
    routes: args.routes.map(normaliseRoute).sort(compareRoutes),
    port: args.port ?? defaults.port,
    tls: args.tls && normaliseTls(args.tls),
    bind: args.bind ?? defaults.bind,
    statusPage: statusPage === false ? undefined : { ...defaults.statusPage, ...given(statusPage) },
    timeouts: { ...defaults.timeouts, ...given(timeouts) },
    drain: args.drain ?? defaults.drain,
    errorPages: sorted<string>(args.errorPages ?? {}),
  };
}

function normaliseContainer(
  name: string,
  args: ContainerArgs & { role: normal.Role; volume?: ServiceArgs["volume"] },
): normal.Container {
  const defaults = DEFAULTS[args.role];
  const { driver, options = {} } = args.logging ?? defaults.logging;
  return {
    name,
    memory: args.memory ?? defaults.memory,
    cpus: args.cpus,
    restart: normaliseRestart(args.restart ?? defaults.restart),
    logging: { driver, options: sorted<string>(options) },
    user: args.user,
    readOnlyRoot: args.readOnlyRoot ?? defaults.readOnlyRoot,
    tmpfs: normaliseTmpfs(args),
    capabilities: {
      add: [...(args.capabilities?.add ?? defaults.capabilities.add)].sort(),
      drop: [...(args.capabilities?.drop ?? defaults.capabilities.drop)].sort(),
    },
    noNewPrivileges: args.noNewPrivileges ?? defaults.noNewPrivileges,
    stopSignal: args.stopSignal,
    stopGrace: args.stopGrace ?? defaults.stopGrace,
  };
}

function normaliseImage(image: ServiceArgs["image"]): normal.Image {
  if (typeof image === "string" || pulumi.Output.isInstance(image)) {
    const ref = pulumi.output(image);
    return { ref, tag: ref.apply(tagOf) };
  }
  return { ref: pulumi.output(image.ref), tag: pulumi.output(image.tag) };
}

type Variable = [name: string, value: string];

const linkEnvironment = (link: Link): Variable[] => [
  [link.hostVariable, link.service],
  [link.portVariable, String(link.port)],
];

function normaliseSecrets(secrets: NonNullable<ServiceArgs["secrets"]>): normal.Secret[] {
  return Object.entries(sorted(secrets)).map(([name, given]) => {
    const isShort =
      typeof given === "string" || pulumi.Output.isInstance(given) || given instanceof Promise;
    const { value, as = "file" } = isShort ? { value: given } : given;
    return { name, value: pulumi.secret(value), as };
  });
}

const secretEnvironment = ({ name, as }: normal.Secret): Variable[] =>
  as === "file" ? [[fileVariable(name), `${SECRETS_FOLDER}/${name}`]] : [];

function normalisePlacement(placement: ServiceArgs["placement"]): normal.Placement {
  if (typeof placement === "object") return { kind: "hosts", hosts: [...placement.hosts].sort() };
  return { kind: placement ?? "anywhere" };
}

function normaliseRestart(restart: NonNullable<ContainerArgs["restart"]>): normal.RestartPolicy {
  if (typeof restart === "object") return { maxRetries: 0, ...given(restart) };
  const [policy, retries] = restart.split(":") as [normal.RestartPolicyName, string?];
  return { policy, maxRetries: Number(retries ?? 0) };
}

/** A volume at the place of a default folder in memory takes that place. */
function normaliseTmpfs(
  args: ContainerArgs & { role: normal.Role; volume?: ServiceArgs["volume"] },
): normal.Tmpfs[] {
  const { memory = DEFAULTS[args.role].memory } = args;
  const taken = volumesOf(args).map(({ at }) => at);
  const folders: readonly { at: string; size?: number }[] =
    args.tmpfs ?? DEFAULTS[args.role].tmpfs.filter(({ at }) => !taken.includes(at));
  return folders.map(({ at, size = tmpfsSize(memory) }) => ({ at, size })).sort(compareAt);
}

function volumesOf({ volume = [] }: Pick<ServiceArgs, "volume">): normal.Volume[] {
  return (Array.isArray(volume) ? [...volume] : [volume]).sort(compareAt);
}

function normaliseRoute({ domain, path = "/", when, to }: RouteArgs): normal.Route {
  const { service, portName } = targetOf(to);
  return {
    domain: domain && asciiDomain(domain),
    path: plainPath(path),
    when: normaliseWhen(when),
    to: service,
    ...(portName === undefined ? {} : { port: portName }),
  };
}

function normaliseWhen(when: RouteArgs["when"]): normal.RouteCondition | undefined {
  const {
    cookie,
    header,
    value = "",
  }: { cookie?: string; header?: string; value?: string } = when ?? {};
  if (header !== undefined) return { header: header.toLowerCase(), value };
  return cookie === undefined ? undefined : { cookie, value };
}

const compareAt = (x: { at: string }, y: { at: string }) => compare(x.at, y.at);

function compareRoutes(x: normal.Route, y: normal.Route): number {
  const isAlways = ({ when }: normal.Route) => Number(when === undefined);
  const breadth = ({ domain }: normal.Route) =>
    domain === undefined ? 2 : Number(domain.startsWith("*."));
  const [one = "", other = ""] = [x.domain, y.domain];
  return (
    breadth(x) - breadth(y) ||
    (breadth(x) === 1 ? other.length - one.length : 0) ||
    compare(one, other) ||
    y.path.length - x.path.length ||
    compare(x.path, y.path) ||
    isAlways(x) - isAlways(y)
  );
}

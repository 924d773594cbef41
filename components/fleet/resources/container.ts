/** A service as Docker's container options: pure, except for what is known only after a build. */
import { byName } from "../../order.ts";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type Container, DEFAULTS, type Service } from "../../services/index.ts";
import { ownerOptions } from "../../services/values/user.ts";
import { STRING_LIMIT } from "../../services/values/variables.ts";

/** Ports inside the proxy's container, above those that services usually choose. */
export const PROXY_PORTS = { public: 60080, tls: 60443, status: 60404 };

/** Where a container finds itself. */
export interface ContainerContext {
  stack: string;
  host: string;
  imageId: pulumi.Input<string>;
  network: pulumi.Input<string>;
  /** The proxy's address in the network, to which all links lead; undefined: its name server knows. */
  proxy: pulumi.Output<string | undefined>;
}

/** A volume in a container. */
export interface Mount {
  name: pulumi.Input<string>;
  at: string;
  readOnly: boolean;
}

/**
 * Changed in place by the provider, which then leaves the running container as it was: replaced
 * instead (research of `docker.Container`'s update in @pulumi/docker 5.2.0).
 */
const REPLACE_ON = ["healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"];

/** Options of a container that is created beside the one it replaces. */
export function besideOld(options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return { ...options, deleteBeforeReplace: false, replaceOnChanges: REPLACE_ON };
}

/** What a container is for: the value of its label `longshore.role`. */
export type Role = "service" | "proxy" | "forwarder";

/** Options that all containers share. Created only: the release starts them. */
export function commonArgs(
  container: Container,
  place: ContainerContext,
  role: Role,
  ownLabels: Readonly<Record<string, string>> = {},
): docker.ContainerArgs {
  return {
    image: place.imageId,
    start: false,
    mustRun: false,
    init: true,
    restart: container.restart.policy,
    ...(container.restart.policy === "on-failure"
      ? { maxRetryCount: container.restart.maxRetries }
      : {}),
    memory: container.memory,
    memorySwap: container.memory,
    ...(container.cpus === undefined ? {} : { cpus: String(container.cpus) }),
    logDriver: container.logging.driver,
    logOpts: { ...container.logging.options },
    ...(container.user === undefined ? {} : { user: container.user }),
    readOnly: container.readOnlyRoot,
    tmpfs: Object.fromEntries(
      container.tmpfs.map(({ at, size }) => [
        at,
        [`size=${size}m`, "mode=1777", ...ownerOptions(container.user)].join(","),
      ]),
    ),
    capabilities: {
      adds: container.capabilities.add.map((name) => `CAP_${name}`),
      drops: container.capabilities.drop.map((name) => (name === "ALL" ? name : `CAP_${name}`)),
    },
    ...(container.noNewPrivileges ? { securityOpts: ["no-new-privileges:true"] } : {}),
    ...(container.stopSignal === undefined ? {} : { stopSignal: container.stopSignal }),
    stopTimeout: container.stopGrace,
    // Without it the provider kills at once when it deletes.
    destroyGraceSeconds: container.stopGrace,
    labels: labels(place.stack, {
      ...ownLabels,
      "longshore.host": place.host,
      "longshore.role": role,
      "longshore.service": role === "service" ? container.name : role,
    }),
  };
}

/** One replica of a service. */
export function serviceArgs(
  service: Service,
  place: ContainerContext,
  mounts: Mount[],
): docker.ContainerArgs {
  const set = (name: string, value: pulumi.Input<string>) =>
    pulumi.output(value).apply((known) => assign(service.name, name, known));
  const inEnvironment = service.secrets.filter((secret) => secret.as === "env");
  return {
    ...commonArgs(service, place, "service", { ...service.labels, ...pidsLabel(service) }),
    ...(service.command === undefined ? {} : { command: [...service.command] }),
    init: service.init,
    ...processArgs(service),
    ...hostAccessArgs(service),
    envs: [
      ...Object.entries(service.environment).map(([name, value]) => set(name, value)),
      ...inEnvironment.map(({ name, value }) => set(name, value)),
    ],
    volumes: mounts.map(({ name, at, readOnly }) => ({
      volumeName: name,
      containerPath: at,
      readOnly,
    })),
    ...(service.networkMode === "stack"
      ? { networksAdvanced: [{ name: place.network }] }
      : { networkMode: service.networkMode }),
    ...hostsFile(place, service),
  };
}

/**
 * Names that a container knows by itself: those of its links alone, so that another service changes nothing of
 * it.
 */
function hostsFile(
  { proxy }: ContainerContext,
  { extraHosts, links, networkMode }: Service,
): Pick<docker.ContainerArgs, "hosts"> {
  const extra = Object.entries(extraHosts).map(([host, ip]) => ({ host, ip }));
  if (networkMode !== "stack" || links.length === 0) {
    return extra.length === 0 ? {} : { hosts: extra };
  }
  const names = [...new Set(links.map(({ service }) => service))];
  const linked = (ip: string) => names.map((host) => ({ host, ip }));
  return {
    hosts: proxy.apply((address) => {
      const all = [...(address === undefined ? [] : linked(address)), ...extra];
      return all.length === 0 ? undefined : all;
    }),
  };
}

/** The surroundings that a definition names; what it does not is left out, so that nothing is replaced for it. */
function processArgs(service: Service): Partial<docker.ContainerArgs> {
  const { entrypoint, hostname, dns, ulimits, sysctls, shmSize } = service;
  const limits = Object.entries(ulimits).map(([name, limit]) => ({ name, ...limit }));
  return {
    ...(entrypoint === undefined ? {} : { entrypoints: [...entrypoint] }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(dns.length === 0 ? {} : { dns: [...dns] }),
    ...(limits.length === 0 ? {} : { ulimits: limits }),
    ...(Object.keys(sysctls).length === 0 ? {} : { sysctls: { ...sysctls } }),
    ...(shmSize === undefined ? {} : { shmSize }),
  };
}

/**
 * The provider has no argument for the limit, so the release sets it before it starts a container. The label lets
 * another limit make another container; the default has none, so that containers of before are not replaced for it.
 */
function pidsLabel({ pidsLimit }: Service): Record<string, string> {
  return pidsLimit === DEFAULTS.app.pidsLimit ? {} : { "longshore.pids-limit": String(pidsLimit) };
}

/** Of the host, and only where a definition asks for it. */
function hostAccessArgs({ bindMounts, devices, gpus }: Service): Partial<docker.ContainerArgs> {
  return {
    ...(bindMounts.length === 0
      ? {}
      : {
          mounts: bindMounts.map(({ from, at, readOnly }) => ({
            ...{ type: "bind", source: from, target: at, readOnly },
          })),
        }),
    ...(devices.length === 0
      ? {}
      : {
          devices: devices.map(({ from, at, permissions }) => ({
            ...{ hostPath: from, containerPath: at, permissions },
          })),
        }),
    ...(gpus === undefined ? {} : { gpus }),
  };
}

/** Labels as the provider takes them, by name. */
export function labels(stack: string, more: Record<string, string> = {}) {
  return Object.entries({ ...more, "longshore.stack": stack })
    .sort(([x], [y]) => byName(x, y))
    .map(([label, value]) => ({ label, value }));
}

/**
 * `NAME=VALUE`, once the value is known: the validator sees plain ones alone.
 * @throws pulumi.RunError without the value, if the kernel would not take it.
 */
export function assign(service: string, name: string, value: string): string {
  const assigned = `${name}=${value}`;
  const bytes = Buffer.byteLength(assigned, "utf8");
  if (bytes <= STRING_LIMIT) return assigned;
  throw new pulumi.RunError(
    `The variable \`${name}\` of service \`${service}\` has ${bytes} bytes, and the kernel starts nothing with ` +
      `more than ${STRING_LIMIT} in one. Deliver it as a file: a secret, or a part of the image.`,
  );
}

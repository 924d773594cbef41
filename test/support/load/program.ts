// The program of the system under load, copied into a project of its own: reads system.json.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Fleet, readServing } from "../../../components/fleet/index.ts";
import { LocalHost, SshHost, inspectHosts } from "../../../components/hosts/index.ts";
import { app, cache, defineServices, proxy, worker } from "../../../components/services/index.ts";
import type { PortArgs } from "../../../components/services/index.ts";
import type { SystemSettings, ServiceSettings } from "./settings.ts";

const settings = JSON.parse(readFileSync("system.json", "utf8")) as SystemSettings;
const pace = { interval: 1, timeout: 2 };

const numbers = (ports: Record<string, number | PortArgs>) =>
  Object.values(ports)
    .map((port) => (typeof port === "number" ? port : port.port))
    .join(" ");

const common = (
  { version, ref, fault, startsAfter, ...more }: ServiceSettings,
  role: string,
  port: number,
  ports: Record<string, number | PortArgs> = {},
) => ({
  image: { ref, tag: version },
  port,
  ports,
  environment: {
    ...{ ROLE: role, PORT: String(port), VERSION: version },
    ...(Object.keys(ports).length === 0 ? {} : { MORE_PORTS: numbers(ports) }),
    ...(fault === undefined ? {} : { FAULT: fault }),
    ...(startsAfter === undefined ? {} : { STARTS_AFTER: String(startsAfter) }),
  },
  healthCheck: { path: "/health", ...pace },
  deadline: settings.deadline,
  drain: settings.drain,
  watch: 0,
  ...more,
});

/** What a migration would be: it reaches the services that app links to. */
function migration(seconds = 0, characters = 0): string {
  return `
    const { LONGSHORE_RUN_ID, VERSION } = process.env;
    const { ok } = await fetch("http://counter:8081/health");
    console.log("migrating in run " + LONGSHORE_RUN_ID);
    await new Promise((resolve) => setTimeout(resolve, ${seconds * 1000}));
    if (${characters} > 0) console.log("x".repeat(${characters}));
    console.log("migrated to " + VERSION + ": " + ok);`;
}

const { machines, places } = settings;
const on = (service: "dnmonster" | "counter" | "cache") =>
  places === undefined ? {} : { placement: { hosts: [places[service]] } };
const { tls } = settings.proxy;

const services = defineServices({
  proxy: proxy({
    image: settings.proxy.image,
    routes: [{ to: "app" }],
    port: settings.proxy.port,
    ...(machines === undefined ? {} : { bind: "0.0.0.0" }),
    statusPage: { port: settings.proxy.statusPort },
    timeouts: { server: settings.proxy.serverTimeout },
    drain: settings.drain,
    ...(tls === undefined ? {} : { tls: { ...tls, key: pulumi.secret(tls.key) } }),
    ...(settings.proxy.cpus === undefined ? {} : { cpus: settings.proxy.cpus }),
  }),
  app: app({
    ...common(settings.app, "app", 9090),
    ...(machines === undefined ? {} : { placement: "everywhere" as const }),
    links: ["dnmonster:admin", "dnmonster:raw", "counter", "cache"],
    releaseCommand: [
      "node",
      "--input-type=module",
      "-e",
      migration(settings.commandTakes, settings.commandPrints),
    ],
  }),
  dnmonster: worker({
    ...common(settings.dnmonster, "worker", 8080, {
      admin: 8090,
      raw: { port: 8091, protocol: "tcp", linkPort: 8092 },
    }),
    ...on("dnmonster"),
  }),
  counter: worker({ ...common(settings.counter, "counter", 8081), ...on("counter") }),
  cache: cache({
    ...common(settings.cache, "cache", 6379),
    ...on("cache"),
    healthCheck: { tcp: true, ...pace },
    volume: { name: "cache-data", at: "/data" },
  }),
  ...(settings.extra === undefined
    ? {}
    : { extra: worker(common(settings.extra, "worker", 8083)) }),
});

const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
const local = { dockerHost: settings.dockerHost };
const listed = Object.entries(machines ?? {});
const engines =
  machines === undefined
    ? [LocalHost.engine("local", local)]
    : listed.map(([name, args]) => SshHost.engine(name, args));

new Fleet("load", {
  services,
  hosts:
    machines === undefined
      ? [new LocalHost("local", local)]
      : listed.map(([name, args]) => new SshHost(name, args)),
  stack,
  serving: await readServing(await inspectHosts({ engines, stack, ports: [] })),
  protectVolumes: false,
  ...(settings.subnet === undefined ? {} : { subnet: settings.subnet }),
  ...(settings.reserve === undefined ? {} : { reserve: { memory: settings.reserve } }),
});

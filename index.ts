/** The program: settings → images → services → hosts → fleet → outputs. */
import "./components/quick-errors.ts";
import * as pulumi from "@pulumi/pulumi";
import { Fleet, proxyContext, readServing } from "./components/fleet/index.ts";
import { machineContext } from "./components/hosts/index.ts";
import { TestedImage, type TestedImageArgs, registryProblem } from "./components/images/index.ts";
import { app, cache, defineServices, proxy, worker } from "./components/services/index.ts";
import { chooseHosts } from "./hosts.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings();
const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;

// A registry that is away is a warning, since an update that builds nothing needs none.
const registry = registryProblem(settings.registry);
const place = await chooseHosts(settings, stack);

const unreachable = await registry;
if (unreachable !== undefined) await pulumi.log.warn(unreachable);

const build = (name: string, context: string, options: Partial<TestedImageArgs> = {}) =>
  new TestedImage(name, {
    context,
    repository: `${settings.registry}/identidock/${name}`,
    builder: settings.builder,
    allowDirty: true, // both kinds of hosts are on this computer
    allowUntested: settings.allowUntested,
    ...options,
  });

const proxyImage = build("proxy", proxyContext);

const services = defineServices({
  proxy: proxy({
    image: proxyImage,
    routes: [{ to: "app" }],
    port: settings.httpPort,
    bind: settings.bind,
    statusPage: { port: settings.statusPort },
  }),
  app: app({
    image: build("app", "identidock/app"),
    port: 9090,
    replicas: settings.appReplicas,
    links: ["dnmonster", "redis"],
    healthCheck: { path: "/health" },
    // A picture, and not only a process that answers: before the switch and again after it.
    smokeChecks: [{ path: "/monster/longshore", startsWith: "\x89PNG" }],
    secrets: { SESSION_KEY: settings.sessionKey },
  }),
  dnmonster: worker({
    image: build("dnmonster", "identidock/dnmonster"),
    port: 8080,
    healthCheck: { path: "/health" },
  }),
  redis: cache({
    image: build("redis", "identidock/redis"),
    port: 6379,
    volume: { name: "redis-data", at: "/data" },
  }),
});

const declared = place.declare({
  machine: () => build("machine", machineContext, { tests: "none", allowUntested: true }).ref,
  proxy: () => proxyImage.ref,
});
const fleet = new Fleet("identidock", {
  services,
  hosts: declared.hosts,
  stack,
  serving: await readServing(place.inspected),
});

export const url = declared.url(fleet.urls);
/** On each host's own loopback. */
export const statusPage = `http://127.0.0.1:${settings.statusPort}`;
export const release = fleet.report;

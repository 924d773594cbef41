/** The program: settings → runtime → images → services → outputs. */
import "./components/quick-errors.ts";
import * as pulumi from "@pulumi/pulumi";
import { TestedImage, type TestedImageArgs, registryProblem } from "./components/images/index.ts";
import { app, cache, defineServices, proxy, worker } from "./components/services/index.ts";
import { chooseRuntime } from "./choose-runtime.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings();
const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;

// A registry that is away is a warning, since an update that builds nothing needs none.
const registry = registryProblem(settings.registry);
const runtime = await chooseRuntime(settings, stack);

const unreachable = await registry;
if (unreachable !== undefined) await pulumi.log.warn(unreachable);

const build = (name: string, context: string, options: Partial<TestedImageArgs> = {}) =>
  new TestedImage(name, {
    context,
    repository: runtime.repository(`identidock/${name}`),
    builder: settings.builder,
    allowDirty: settings.allowDirty,
    allowUntested: settings.allowUntested,
    ...options,
  });

const { proxyContext } = runtime;

const services = defineServices({
  proxy: proxy({
    ...(proxyContext === undefined ? {} : { image: build("proxy", proxyContext) }),
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

const running = runtime.run(
  services,
  (name, context) => build(name, context, { tests: "none", allowUntested: true }).ref,
);

export const { url, statusPage, release } = running;

/** docs/services.md in step with the code: its example, its properties, its rules. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  RULES,
  type CanaryArgs,
  type HealthCheckArgs,
  type HstsArgs,
  type ServiceArgs,
  type SmokeCheckArgs,
  type TlsArgs,
  type WatchArgs,
} from "../../../components/services/index.ts";
import { SHAPES } from "../../../components/services/shapes.ts";
import type { ProxyArgs } from "../../../components/services/proxy-args.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const docs = read("../../../docs/services.md");
const rows = [...docs.matchAll(/^\| `([\w-]+)`/gm)].map(([, word]) => word);

/** All properties, each by name: the compiler sees to it that none is missing. */
const SERVICE: Record<keyof ServiceArgs, true> = {
  image: true,
  command: true,
  environment: true,
  secrets: true,
  links: true,
  port: true,
  protocol: true,
  linkPort: true,
  ports: true,
  replicas: true,
  placement: true,
  healthCheck: true,
  deadline: true,
  watch: true,
  drain: true,
  releaseOrder: true,
  strategy: true,
  smokeChecks: true,
  sticky: true,
  releaseCommand: true,
  entrypoint: true,
  init: true,
  hostname: true,
  extraHosts: true,
  dns: true,
  ulimits: true,
  sysctls: true,
  shmSize: true,
  pidsLimit: true,
  labels: true,
  bindMounts: true,
  devices: true,
  gpus: true,
  volume: true,
  networkMode: true,
  memory: true,
  cpus: true,
  restart: true,
  logging: true,
  user: true,
  readOnlyRoot: true,
  tmpfs: true,
  capabilities: true,
  noNewPrivileges: true,
  stopSignal: true,
  stopGrace: true,
};
const PROXY: Record<Exclude<keyof ProxyArgs, keyof ServiceArgs>, true> = {
  routes: true,
  bind: true,
  statusPage: true,
  timeouts: true,
  errorPages: true,
  tls: true,
};
const TLS: Record<keyof TlsArgs, true> = {
  certificate: true,
  key: true,
  port: true,
  redirect: true,
  hsts: true,
};
const HSTS: Record<keyof HstsArgs, true> = { maxAge: true, includeSubDomains: true, preload: true };
const CANARY: Record<keyof CanaryArgs, true> = {
  steps: true,
  watch: true,
  maxErrors: true,
  maxLatency: true,
  minRequests: true,
};
const SMOKE: Record<keyof SmokeCheckArgs, true> = {
  path: true,
  status: true,
  requestHeaders: true,
  headers: true,
  startsWith: true,
};
const WATCH: Record<keyof WatchArgs, true> = { seconds: true, maxErrors: true };
const HEALTH: Record<keyof HealthCheckArgs, true> = {
  path: true,
  status: true,
  requestHeaders: true,
  tcp: true,
  port: true,
  command: true,
  runningFor: true,
  interval: true,
  timeout: true,
  successes: true,
};
const SHARED: (keyof ProxyArgs)[] = [
  "image",
  "port",
  "drain",
  "memory",
  "cpus",
  "restart",
  "logging",
  "user",
  "readOnlyRoot",
  "tmpfs",
  "capabilities",
  "noNewPrivileges",
  "stopSignal",
  "stopGrace",
];

it("shows the example that the tests evaluate", () => {
  const example = read("./example.ts")
    .split("\n")
    .slice(1)
    .join("\n")
    .replace("../../../components/services/index.ts", "longshore/services");
  expect(docs).toContain(`\`\`\`ts\n${example}\`\`\``);
});

it("knows the same properties as the types and the validator", () => {
  expect(Object.keys(SHAPES.service.shape).sort()).toEqual(Object.keys(SERVICE).sort());
  expect(Object.keys(SHAPES.proxy.shape).sort()).toEqual([...Object.keys(PROXY), ...SHARED].sort());
  expect(rows).toEqual(
    expect.arrayContaining(
      Object.keys({
        ...SERVICE,
        ...PROXY,
        ...HEALTH,
        ...CANARY,
        ...SMOKE,
        ...WATCH,
        ...TLS,
        ...HSTS,
      }),
    ),
  );
});

it("lists every rule with its sentence, and no other", () => {
  const table = docs.slice(docs.indexOf("## Rules"));
  const listed = [...table.matchAll(/^\| `([\w-]+)` +\| (.*?) +\|$/gm)].map(([, id, about]) => ({
    id,
    about,
  }));
  expect(listed).toEqual(RULES.map(({ id, about }) => ({ id, about })));
});

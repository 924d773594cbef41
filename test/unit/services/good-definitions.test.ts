/** Definitions that look daring and are right: none may have a problem. */
import { expect, it } from "vitest";
import { validateServices } from "../../../components/services/index.ts";
import { edge, IMAGE, job, redis, web } from "./bad/row.ts";

const GOOD: Record<string, unknown> = {
  "one app and nothing else": web(),
  "an app, a cache, and a proxy": { ...edge(), ...web({ links: ["redis"] }), ...redis() },
  "a worker without a port": job(),
  "a worker with a command as its gate": job({
    healthCheck: { command: ["test", "-e", "/tmp/ok"] },
  }),
  "a worker without a port that links": { ...job({ links: ["redis"] }), ...redis() },
  "two HTTP services on one port": { ...web(), api: web().web },
  "two TCP services on one port, with two ports for links": {
    ...redis(),
    sessions: redis({ linkPort: 6380 }).redis,
  },
  "a TCP service at the port of an HTTP service, with another for links": {
    ...web(),
    ...redis({ port: 8080, linkPort: 6379 }),
  },
  "named ports that HTTP services share, and links, a route and checks that lead to them": {
    ...web({
      ports: { admin: { port: 9000, linkPort: 8080 }, grpc: 50051, metrics: 9100 },
      linkPort: 80,
      healthCheck: { path: "/ready", port: "metrics" },
    }),
    api: web({
      protocol: "h2c",
      ports: { metrics: 9100, grpc: 50051 },
      strategy: { canary: {} },
      links: ["web:grpc", "web", "redis:metrics"],
    }).web,
    other: web({ ports: { metrics: 9100 }, healthCheck: { tcp: true, port: "metrics" } }).web,
    ...redis({ ports: { metrics: { port: 9100, protocol: "http" } } }),
    ...edge({
      routes: [{ to: "web" }, { path: "/admin", to: "web:admin" }, { path: "/g", to: "web:grpc" }],
    }),
  },
  "two TCP services on two ports": { ...redis(), sessions: redis({ port: 6380 }).redis },
  "two services on one port, of which one is on the host's network": {
    ...redis({ networkMode: "host" }),
    sessions: redis().redis,
  },
  "a diamond of links": {
    ...web({ links: ["left", "right"] }),
    left: web({ links: ["redis"] }).web,
    right: web({ links: ["redis"] }).web,
    ...redis(),
  },
  "a name of 63 characters": { ["a".repeat(63)]: web().web },
  "a name of one letter": { a: web().web },
  "a cache that speaks HTTP and has a route": {
    ...redis({ protocol: "http", healthCheck: { path: "/" } }),
    ...edge({ routes: [{ to: "redis" }] }),
  },
  "routes that differ in domain or path": {
    ...web(),
    ...edge({
      routes: [
        { to: "web" },
        { path: "/api", to: "web" },
        { domain: "shop.example", to: "web" },
        { domain: "localhost", path: "/a%20b", to: "web" },
      ],
    }),
  },
  "a proxy on the port of the status page, which is off": {
    ...web(),
    ...edge({ port: 8404, statusPage: false }),
  },
  "routes that differ in their condition": {
    ...web(),
    ...edge({
      routes: [
        { to: "web" },
        { when: { cookie: "variant", value: "b" }, to: "web" },
        { when: { cookie: "variant", value: "B" }, to: "web" },
        { when: { header: "variant", value: 'b, c; "d"' }, to: "web" },
        { path: "/api", when: { cookie: "variant", value: "b" }, to: "web" },
      ],
    }),
  },
  "HTTPS at a port of its own, known later, with all that browsers can be told": {
    ...web(),
    ...edge({
      tls: {
        ...{ certificate: Promise.resolve(""), key: Promise.resolve(""), port: 8443 },
        redirect: false,
        hsts: { maxAge: 31_536_000, includeSubDomains: true, preload: true },
      },
    }),
  },
  "HTTPS on the usual port of HTTP, which has another": {
    ...web(),
    ...edge({
      port: 8080,
      tls: { ...{ certificate: Promise.resolve(""), key: Promise.resolve("") }, port: 80 },
    }),
  },
  "error pages of the largest size": {
    ...web(),
    ...edge({ errorPages: { 400: "x", 503: "é".repeat(7168) } }),
  },
  "a ramped service with one replica": web({ strategy: "ramped" }),
  "a ramped service that speaks TCP, and one without a port": {
    ...web({ protocol: "tcp", strategy: "ramped" }),
    ...job({ strategy: "ramped" }),
  },
  "a stop-first service that is switched all at once": redis({ strategy: "blue-green" }),
  "a canary of ten minutes": web({ strategy: { canary: { steps: [1, 99], watch: 300 } } }),
  "a canary that takes no error": web({ strategy: { canary: { maxErrors: 0, minRequests: 1 } } }),
  "smoke checks for a picture and for a page that is not there": web({
    smokeChecks: [
      { path: "/logo.png", headers: { "Content-Type": "image/png" }, startsWith: "\x89PNG\r\n" },
      { path: "/none?x=1", status: 404 },
    ],
  }),
  "an empty list of smoke checks without a port": job({ smokeChecks: [] }),
  "a sticky service": web({ replicas: 2, sticky: { cookie: "__Host-copy.1" } }),
  "a proxy on all addresses of IPv6": { ...web(), ...edge({ bind: "::" }) },
  "a secret as a variable, and a variable that ends in _FILE": web({
    secrets: { KEY: { value: "x", as: "env" } },
    environment: { KEY_FILE: "/elsewhere" },
  }),
  "a variable named like a link of another service": {
    ...web({ environment: { REDIS_HOST: "redis.example" } }),
    ...redis(),
  },
  "an empty variable": web({ environment: { DEBUG: "" } }),
  "several volumes": redis({
    volume: [
      { name: "redis-data", at: "/data" },
      { name: "redis-backup", at: "/backup" },
    ],
  }),
  "a volume inside a folder in memory": redis({ volume: { name: "data", at: "/tmp/data" } }),
  "an agent on every host, with a port on the host's network": job({
    port: 9100,
    networkMode: "host",
    placement: "everywhere",
  }),
  "a worker without a network": job({ networkMode: "none" }),
  "a worker without a network, and an empty list of links": job({ networkMode: "none", links: [] }),
  "each restart policy": {
    no: web({ restart: "no" }).web,
    forever: web({ restart: "on-failure" }).web,
    five: web({ restart: "on-failure:5" }).web,
    object: web({ restart: { policy: "on-failure", maxRetries: 5 } }).web,
    stopped: web({ restart: "unless-stopped" }).web,
    always: web({ restart: { policy: "always" } }).web,
  },
  "each form of user": {
    name: web({ user: "node" }).web,
    number: web({ user: "1000" }).web,
    group: web({ user: "www-data:www-data" }).web,
    numbers: web({ user: "1000:1000" }).web,
  },
  "each form of image": {
    registry: web({ image: IMAGE }).web,
    port: web({ image: IMAGE.replace("registry.example", "127.0.0.1:5055/team") }).web,
    short: web({ image: IMAGE.replace("registry.example/", "") }).web,
    untagged: web({ image: IMAGE.replace(":1.2", "") }).web,
    pair: web({ image: { ref: IMAGE, tag: "a1b2c3-dirty.0f0f" } }).web,
  },
  "every number at its ends": {
    low: web({ memory: 6, cpus: 0.01, replicas: 1, drain: 0, deadline: 2, stopGrace: 1, port: 1 })
      .web,
    high: web({ memory: 1048576, cpus: 512, replicas: 1000, drain: 86400, port: 65535 }).web,
  },
  "a check that needs the whole deadline": job({ deadline: 30, healthCheck: { runningFor: 30 } }),
  "a check with a query": web({ healthCheck: { path: "/health?deep=1", status: 204 } }),
  "all capabilities dropped, some added": web({
    capabilities: { drop: ["ALL"], add: ["CHOWN", "NET_BIND_SERVICE"] },
  }),
  "options of a driver that is not ours to know": web({
    logging: { driver: "splunk", options: { "splunk-token": "x" } },
  }),
  "properties that are given as undefined": web({ replicas: undefined, links: undefined }),
};

it.each(Object.entries(GOOD))("has no problem with %s", (_, definition) => {
  expect(validateServices(definition)).toEqual([]);
});

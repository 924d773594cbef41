/** What a release is told of a definition. */
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { proxySettings, serviceRequest } from "../../../components/fleet/resources/request.ts";
import type { ServiceRequest } from "../../../components/fleet/types.ts";
import { app, defineServices, proxy, worker } from "../../../components/services/index.ts";
import type { ServiceArgs } from "../../../components/services/index.ts";
import type { ProxyArgs } from "../../../components/services/proxy-args.ts";

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
const valueOf = (output: pulumi.Output<ServiceRequest>) =>
  new Promise<ServiceRequest>((resolve) => void output.apply((value) => resolve(value)));

/** As the release's process reads it. */
const asRead = <T>(told: T) => JSON.parse(JSON.stringify(told)) as T;

function request(args: Partial<ServiceArgs>) {
  const { byName } = defineServices({ app: app({ image, port: 9090, ...args }) });
  if (byName.app === undefined) throw new Error("no app");
  return valueOf(serviceRequest(byName.app));
}

function settings(args: Partial<ProxyArgs>) {
  const services = defineServices({
    app: app({ image, port: 9090 }),
    proxy: proxy({ image, routes: [{ to: "app" }], ...args }),
  });
  if (services.proxy === undefined) throw new Error("no proxy");
  return proxySettings(services.proxy);
}

describe("serviceRequest", () => {
  it("is the definition's own values", async () => {
    expect(asRead(await request({ healthCheck: { path: "/health" } }))).toStrictEqual({
      name: "app",
      tag: "v1",
      image,
      order: "start-first",
      strategy: { kind: "blue-green" },
      smoke: [],
      endpoint: { port: 9090, protocol: "http" },
      health: {
        kind: "http",
        path: "/health",
        requestHeaders: {},
        interval: 2,
        timeout: 2,
        successes: 1,
      },
      deadline: 60,
      watch: { seconds: 10, maxErrors: 5 },
      drain: 30,
      stopGrace: 10,
    });
  });

  it("says how requests move, what is asked first, and what runs before", async () => {
    expect(
      await request({
        strategy: { canary: { steps: [5, 50], maxLatency: 300 } },
        smokeChecks: [
          { path: "/" },
          { path: "/x", status: 404, headers: { "X-A": "b" }, startsWith: "\x89P" },
          { path: "/y", requestHeaders: { Host: "shop.example" } },
        ],
        releaseCommand: ["node", "migrate.js"],
      }),
    ).toMatchObject({
      strategy: {
        ...{ kind: "canary", steps: [5, 50], watch: 30, maxErrors: 1, maxLatency: 300 },
        minRequests: 20,
      },
      smoke: [
        { path: "/", status: 200, headers: {} },
        { path: "/x", status: 404, headers: { "x-a": "b" }, startsWith: "\x89P" },
        { path: "/y", requestHeaders: { host: "shop.example" } },
      ],
      releaseCommand: ["node", "migrate.js"],
    });
    const statuses = { path: "/", status: [204, 200], requestHeaders: { Host: "shop.example" } };
    expect((await request({ healthCheck: statuses })).health).toMatchObject({
      ...{ status: [200, 204], requestHeaders: { host: "shop.example" } },
    });
    expect(await request({ strategy: "ramped" })).toMatchObject({ strategy: { kind: "ramped" } });
    expect(await request({ sticky: { cookie: "replica" } })).toMatchObject({ sticky: "replica" });
  });

  it("says which ports there are beside the main one, and which of them is checked", async () => {
    const ports = { grpc: 50051, metrics: { port: 9100, linkPort: 9101 } };
    const healthCheck = { path: "/", port: "metrics" };
    expect(await request({ ports, healthCheck })).toMatchObject({
      endpoint: { port: 9090, protocol: "http" },
      ports: {
        grpc: { port: 50051, protocol: "h2c" },
        metrics: { port: 9100, protocol: "http", linkPort: 9101 },
      },
      health: { kind: "http", path: "/", port: "metrics" },
    });
    const tcp = await request({ ports, healthCheck: { tcp: true, port: "grpc" } });
    expect(tcp.health).toMatchObject({ kind: "tcp", port: "grpc" });
  });

  it("has nothing that JSON would lose: the same request is the same text", async () => {
    const told = await request({ strategy: { canary: {} }, smokeChecks: [{ path: "/" }] });
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
    const { list } = defineServices({ job: worker({ image, healthCheck: { runningFor: 5 } }) });
    const job = await Promise.all(list.map((service) => valueOf(serviceRequest(service))));
    expect(JSON.parse(JSON.stringify(job))).toEqual(job);
  });
});

describe("proxySettings", () => {
  it("has routes with their conditions, and error pages", () => {
    const when = { cookie: "variant", value: "b" };
    expect(
      settings({ routes: [{ to: "app" }, { when, to: "app" }], errorPages: { 503: "x" } }),
    ).toEqual({
      routes: [
        { path: "/", when, to: "app" },
        { path: "/", to: "app" },
      ],
      publicPort: 60080,
      statusPort: 60404,
      connectTimeout: 5,
      clientTimeout: 60,
      serverTimeout: 60,
      drainTimeout: 30,
      errorPages: { 503: "x" },
    });
  });

  it("has HTTPS without its certificate, which is told apart", () => {
    const tls = { certificate: Promise.resolve("c"), key: Promise.resolve("k") };
    expect(asRead(settings({ tls })).tls).toEqual({ port: 60443, publicPort: 443, redirect: true });
    const hsts = { maxAge: 60 };
    expect(settings({ tls: { ...tls, port: 8443, redirect: false, hsts } }).tls).toEqual({
      ...{ port: 60443, publicPort: 8443, redirect: false },
      hsts: { maxAge: 60, includeSubDomains: false, preload: false },
    });
  });

  it("has routes to named ports", () => {
    const routes = [{ path: "/m", to: "app:metrics" }, { to: "app" }];
    const services = defineServices({
      app: app({ image, port: 9090, ports: { metrics: 9100 } }),
      proxy: proxy({ image, routes }),
    });
    expect(services.proxy && asRead(proxySettings(services.proxy).routes)).toStrictEqual([
      { path: "/m", to: "app", port: "metrics" },
      { path: "/", to: "app" },
    ]);
  });

  it("has nothing that JSON would lose", () => {
    const told = settings({ routes: [{ domain: "a.example", to: "app" }, { to: "app" }] });
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  });
});

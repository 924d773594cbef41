/** What a definition becomes: every default, and short forms. */
import { describe, expect, it } from "vitest";
import {
  app,
  cache,
  defineServices,
  proxy,
  worker,
  type ServiceArgs,
} from "../../../components/services/index.ts";
import { IMAGE } from "./bad/row.ts";
import { one } from "./filled-in.ts";
import { container, service } from "./filled-in.ts";

const tcp = { kind: "tcp", interval: 2, timeout: 2, successes: 1 };

describe("defaults", () => {
  const shop = defineServices({
    edge: proxy({ routes: [{ to: "web" }] }),
    web: app({ image: IMAGE, port: 8080 }),
    api: worker({ image: IMAGE, port: 8080 }),
    mail: worker({ image: IMAGE, healthCheck: { runningFor: 10 } }),
    redis: cache({ image: IMAGE, port: 6379 }),
  });

  it("are those of the proxy", () => {
    expect(shop.proxy).toStrictEqual({
      ...container,
      name: "edge",
      role: "proxy",
      memory: 128,
      tmpfs: [{ at: "/tmp", size: 32 }],
      image: undefined,
      routes: [{ domain: undefined, path: "/", when: undefined, to: "web" }],
      port: 80,
      bind: "127.0.0.1",
      statusPage: { port: 8404 },
      tls: undefined,
      timeouts: { connect: 5, client: 60, server: 60 },
      drain: 30,
      errorPages: {},
    });
  });

  it("are those of each role", () => {
    expect(shop.byName).toStrictEqual({
      api: {
        ...service,
        name: "api",
        role: "worker",
        endpoint: { port: 8080, protocol: "http" },
        healthCheck: tcp,
      },
      mail: {
        ...service,
        name: "mail",
        role: "worker",
        endpoint: undefined,
        healthCheck: { kind: "running", seconds: 10 },
      },
      redis: {
        ...service,
        name: "redis",
        role: "cache",
        endpoint: { port: 6379, protocol: "tcp" },
        healthCheck: tcp,
        releaseOrder: "stop-first",
        stopGrace: 30,
      },
      web: {
        ...service,
        name: "web",
        role: "app",
        endpoint: { port: 8080, protocol: "http" },
        healthCheck: tcp,
      },
    });
  });

  it("leave a system without a proxy without one", () => {
    expect(defineServices({ web: app({ image: IMAGE, port: 80 }) }).proxy).toBeUndefined();
  });

  it("give way, setting by setting, to what is given", () => {
    const settings = {
      memory: 512,
      cpus: 0.5,
      user: "1000:1000",
      readOnlyRoot: false,
      noNewPrivileges: false,
      stopSignal: "SIGQUIT",
      stopGrace: 60,
      command: ["node", "server.js"],
      replicas: 3,
      deadline: 120,
      drain: 0,
      releaseOrder: "stop-first",
      releaseCommand: ["node", "migrate.js"],
      networkMode: "stack",
    } as const;
    const { command, releaseCommand, ...others } = settings;
    const given = { ...others, command: [...command], releaseCommand: [...releaseCommand] };
    expect(one(given)).toMatchObject(settings);
  });

  it("give way, setting by setting, to what is given for the proxy", () => {
    const { proxy: edge } = defineServices({
      web: app({ image: IMAGE, port: 8080 }),
      edge: proxy({
        image: IMAGE,
        routes: [{ to: "web" }],
        port: 8080,
        bind: "0.0.0.0",
        statusPage: { port: 9000 },
        timeouts: { server: 300, client: undefined },
        drain: 5,
      }),
    });
    expect(edge).toMatchObject({
      port: 8080,
      bind: "0.0.0.0",
      statusPage: { port: 9000 },
      timeouts: { connect: 5, client: 60, server: 300 },
      drain: 5,
    });
    expect(edge?.image).toBeDefined();
  });

  it("come back where `undefined` is given", () => {
    const given = one({ replicas: undefined, restart: undefined, tmpfs: undefined });
    expect({ ...given, image: undefined }).toStrictEqual({ ...one({}), image: undefined });
  });
});

describe("short forms", () => {
  it.each([
    ["no", { policy: "no", maxRetries: 0 }],
    ["on-failure", { policy: "on-failure", maxRetries: 0 }],
    ["on-failure:5", { policy: "on-failure", maxRetries: 5 }],
    [
      { policy: "on-failure", maxRetries: 2 },
      { policy: "on-failure", maxRetries: 2 },
    ],
    [{ policy: "always" }, { policy: "always", maxRetries: 0 }],
  ] as const)("of a restart policy: %o", (restart, expected) => {
    expect(one({ restart }).restart).toStrictEqual(expected);
  });

  it.each([
    [
      { path: "/health", interval: 5 },
      {
        ...{ kind: "http", path: "/health", status: undefined, requestHeaders: {} },
        ...{ interval: 5, timeout: 2, successes: 1 },
      },
    ],
    [
      { path: "/", status: [204, 200, 204], requestHeaders: { Host: "shop.example" } },
      {
        ...{
          kind: "http",
          path: "/",
          status: [200, 204],
          requestHeaders: { host: "shop.example" },
        },
        ...{ interval: 2, timeout: 2, successes: 1 },
      },
    ],
    [
      { path: "/", status: 204 },
      {
        ...{ kind: "http", path: "/", status: [204], requestHeaders: {} },
        ...{ interval: 2, timeout: 2, successes: 1 },
      },
    ],
    [
      { tcp: true, successes: 3 },
      { ...tcp, successes: 3 },
    ],
    [
      { command: ["test", "-e", "/ok"], timeout: 9 },
      { kind: "command", command: ["test", "-e", "/ok"], interval: 2, timeout: 9, successes: 1 },
    ],
    [{ runningFor: 7 }, { kind: "running", seconds: 7 }],
  ] as [ServiceArgs["healthCheck"], object][])("of a health check: %o", (healthCheck, expected) => {
    expect(one({ healthCheck }).healthCheck).toStrictEqual(expected);
  });

  it.each([
    ["anywhere", { kind: "anywhere" }],
    ["everywhere", { kind: "everywhere" }],
    [{ hosts: ["web-2", "web-1"] }, { kind: "hosts", hosts: ["web-1", "web-2"] }],
  ] as [ServiceArgs["placement"], object][])("of a placement: %o", (placement, expected) => {
    expect(one({ placement }).placement).toStrictEqual(expected);
  });

  it("of volumes and folders in memory, by path", () => {
    const { volumes, tmpfs } = one({
      memory: 100,
      volume: [
        { name: "two", at: "/two" },
        { name: "one", at: "/one" },
      ],
      tmpfs: [{ at: "/run" }, { at: "/cache", size: 10 }],
    });
    expect(volumes.map(({ name }) => name)).toEqual(["one", "two"]);
    expect(tmpfs).toEqual([
      { at: "/cache", size: 10 },
      { at: "/run", size: 25 },
    ]);
  });

  it("give a volume at /tmp the place of the folder in memory", () => {
    expect(one({ volume: { name: "scratch", at: "/tmp" } }).tmpfs).toEqual([]);
  });

  it("of capabilities, sorted, each list by itself", () => {
    expect(one({ capabilities: { add: ["SETUID", "CHOWN"] } }).capabilities).toEqual({
      add: ["CHOWN", "SETUID"],
      drop: ["ALL"],
    });
    expect(one({ capabilities: { drop: ["NET_RAW"] } }).capabilities).toEqual({
      add: [],
      drop: ["NET_RAW"],
    });
  });

  it("of a logging driver without options, without those of another driver", () => {
    expect(one({ logging: { driver: "journald" } }).logging).toEqual({
      driver: "journald",
      options: {},
    });
  });
});

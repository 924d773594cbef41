/** What `defineServices` makes of a definition: defaults, order, links, secrets, images, errors. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  app,
  cache,
  defineServices,
  proxy,
  worker,
  type Image,
  type ServiceArgs,
} from "../../../components/services/index.ts";
import { DIGEST, IMAGE } from "./bad/row.ts";
import { identidock } from "./example.ts";

/** The value of an output that is known. */
const valueOf = (output: pulumi.Output<string>) =>
  new Promise<string>((resolve) => void output.apply((value) => resolve(value)));
const one = (args: Partial<ServiceArgs>) =>
  defineServices({ web: app({ image: IMAGE, port: 8080, ...args }) }).byName.web!;

const container = {
  memory: 256,
  cpus: undefined,
  restart: { policy: "unless-stopped", maxRetries: 0 },
  logging: { driver: "local", options: { "max-file": "3", "max-size": "10m" } },
  user: undefined,
  readOnlyRoot: true,
  tmpfs: [{ at: "/tmp", size: 64 }],
  capabilities: { add: [], drop: ["ALL"] },
  noNewPrivileges: true,
  stopSignal: undefined,
  stopGrace: 10,
};
const service = {
  ...container,
  image: expect.anything() as Image,
  command: undefined,
  environment: {},
  secrets: [],
  links: [],
  replicas: 1,
  placement: { kind: "anywhere" },
  deadline: 60,
  drain: 30,
  releaseOrder: "start-first",
  strategy: { kind: "blue-green" },
  smokeChecks: [],
  sticky: undefined,
  releaseCommand: undefined,
  volumes: [],
  networkMode: "stack",
};
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
      { kind: "http", path: "/health", status: undefined, interval: 5, timeout: 2, successes: 1 },
    ],
    [
      { path: "/", status: 204 },
      { kind: "http", path: "/", status: 204, interval: 2, timeout: 2, successes: 1 },
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

describe("release order", () => {
  const orderOf = (args: Partial<ServiceArgs>) => one(args).releaseOrder;

  it("is start-first where two copies can live", () => {
    expect(orderOf({})).toBe("start-first");
    expect(orderOf({ networkMode: "host", port: 8080, releaseOrder: "stop-first" })).toBe(
      "stop-first",
    );
  });

  it("is stop-first for a volume and for a port on the host's network", () => {
    expect(orderOf({ volume: { name: "data", at: "/data" } })).toBe("stop-first");
    expect(orderOf({ volume: [] })).toBe("start-first");
    expect(orderOf({ networkMode: "host" })).toBe("stop-first");
  });
});

describe("links", () => {
  it("put services after those they link to, and equals by name", () => {
    const link = (...links: string[]) => worker({ image: IMAGE, port: 8080, links });
    const services = defineServices({
      a: link("d", "c"),
      z: link(),
      d: link("e"),
      b: link(),
      c: link("e"),
      e: link(),
    });
    expect(services.list.map(({ name }) => name)).toEqual(["e", "c", "d", "a", "b", "z"]);
    expect(Object.keys(services.byName)).toEqual(["a", "b", "c", "d", "e", "z"]);
    expect(services.list.find(({ name }) => name === "d")).toBe(services.byName.d);
  });

  it("are told to the service in its environment, and in no other's", () => {
    const services = defineServices({
      web: app({ image: IMAGE, port: 80, links: ["image-cache", "api"], environment: { A: "1" } }),
      "image-cache": cache({ image: IMAGE, port: 6379 }),
      api: worker({ image: IMAGE, port: 8080 }),
    });
    expect(services.byName.web?.links).toStrictEqual([
      {
        service: "api",
        port: 8080,
        protocol: "http",
        hostVariable: "API_HOST",
        portVariable: "API_PORT",
      },
      {
        service: "image-cache",
        port: 6379,
        protocol: "tcp",
        hostVariable: "IMAGE_CACHE_HOST",
        portVariable: "IMAGE_CACHE_PORT",
      },
    ]);
    expect(Object.entries(services.byName.web?.environment ?? {})).toEqual([
      ["A", "1"],
      ["API_HOST", "api"],
      ["API_PORT", "8080"],
      ["IMAGE_CACHE_HOST", "image-cache"],
      ["IMAGE_CACHE_PORT", "6379"],
    ]);
    expect(services.byName.api?.environment).toEqual({});
  });
});

describe("secrets", () => {
  const { secrets, environment } = one({
    environment: { LEVEL: pulumi.output("debug") },
    secrets: {
      TOKEN: { value: pulumi.secret("t0ken"), as: "env" },
      KEY: pulumi.secret("k3y"),
      PLAIN: "pl4in",
      LATER: { value: Promise.resolve("l4ter") },
    },
  });

  it("stay or become secret, by name", async () => {
    expect(secrets.map(({ name, as }) => [name, as])).toEqual([
      ["KEY", "file"],
      ["LATER", "file"],
      ["PLAIN", "file"],
      ["TOKEN", "env"],
    ]);
    const values = secrets.map(({ value }) => value);
    expect(await Promise.all(values.map(valueOf))).toEqual(["k3y", "l4ter", "pl4in", "t0ken"]);
    expect(await Promise.all(values.map(pulumi.isSecret))).toEqual([true, true, true, true]);
  });

  it("are told by the path of their file, and never by value", () => {
    expect(Object.keys(environment)).toEqual(["KEY_FILE", "LATER_FILE", "LEVEL", "PLAIN_FILE"]);
    expect(environment).toMatchObject({
      KEY_FILE: "/run/secrets/KEY",
      LATER_FILE: "/run/secrets/LATER",
      PLAIN_FILE: "/run/secrets/PLAIN",
    });
  });

  it("do not make other variables secret", async () => {
    expect(await pulumi.isSecret(pulumi.output(environment.LEVEL))).toBe(false);
  });
});

describe("images", () => {
  const short = "0123456789ab";
  it.each<[ServiceArgs["image"], string, string]>([
    [IMAGE, IMAGE, "1.2"],
    [`shop@${DIGEST}`, `shop@${DIGEST}`, short],
    [pulumi.output(IMAGE), IMAGE, "1.2"],
    [{ ref: `shop@${DIGEST}`, tag: "a1b2c3" }, `shop@${DIGEST}`, "a1b2c3"],
    [{ ref: pulumi.output(IMAGE), tag: Promise.resolve("a1b2c3") }, IMAGE, "a1b2c3"],
  ])("are a reference and a tag", async (given, ref, tag) => {
    const { image } = one({ image: given });
    expect([await valueOf(image.ref), await valueOf(image.tag)]).toEqual([ref, tag]);
  });
});

describe("strategies", () => {
  it("are by default all at once", () => {
    expect(one({}).strategy).toEqual({ kind: "blue-green" });
    expect(one({ strategy: "ramped" }).strategy).toEqual({ kind: "ramped" });
  });

  it("of a canary have each setting's default", () => {
    const canary = { kind: "canary", steps: [10, 50], watch: 30, maxErrors: 1, minRequests: 20 };
    expect(one({ strategy: { canary: {} } }).strategy).toStrictEqual({
      ...canary,
      maxLatency: undefined,
    });
    const given = { steps: [5], watch: 60, maxErrors: 0, maxLatency: 300, minRequests: 1 };
    expect(one({ strategy: { canary: given } }).strategy).toStrictEqual({
      kind: "canary",
      ...given,
    });
    expect(one({ strategy: { canary: { watch: undefined } } }).strategy).toMatchObject(canary);
  });
});

describe("smoke checks", () => {
  it("want 200, and know headers in lower case and order", () => {
    const { smokeChecks } = one({
      smokeChecks: [
        { path: "/" },
        {
          path: "/a?b=1",
          status: 404,
          headers: { "X-Two": "2", "A-One": "B" },
          startsWith: "\x89P",
        },
      ],
    });
    expect(smokeChecks).toStrictEqual([
      { path: "/", status: 200, headers: {}, startsWith: undefined },
      { path: "/a?b=1", status: 404, headers: { "a-one": "B", "x-two": "2" }, startsWith: "\x89P" },
    ]);
    expect(Object.keys(smokeChecks[1]?.headers ?? {})).toEqual(["a-one", "x-two"]);
  });
});

describe("error pages", () => {
  it("are by status", () => {
    const { proxy: edge } = defineServices({
      web: app({ image: IMAGE, port: 80 }),
      edge: proxy({ routes: [{ to: "web" }], errorPages: { 503: "later", 429: "slower" } }),
    });
    expect(Object.entries(edge?.errorPages ?? {})).toEqual([
      ["429", "slower"],
      ["503", "later"],
    ]);
  });
});

describe("routes", () => {
  it("with a condition go before those without, for the same place", () => {
    const when = { cookie: "variant", value: "b" };
    const services = defineServices({
      web: app({ image: IMAGE, port: 80 }),
      edge: proxy({
        routes: [
          { to: "web" },
          { path: "/api", to: "web" },
          { when, to: "web" },
          { when: { header: "X-Variant", value: "B" }, to: "web" },
        ],
      }),
    });
    expect(services.proxy?.routes.map(({ path, when }) => [path, when])).toEqual([
      ["/api", undefined],
      ["/", when],
      ["/", { header: "x-variant", value: "B" }],
      ["/", undefined],
    ]);
  });

  it("are in lower case, without a slash at the end, and the most specific first", () => {
    const services = defineServices({
      web: app({ image: IMAGE, port: 80 }),
      edge: proxy({
        routes: [
          { to: "web" },
          { path: "/api/", to: "web" },
          { domain: "Shop.example", to: "web" },
          { domain: "shop.example", path: "/a", to: "web" },
          { domain: "a.example", to: "web" },
          { path: "/b", to: "web" },
          { path: "/a", to: "web" },
        ],
      }),
    });
    expect(services.proxy?.routes.map(({ domain, path }) => `${domain ?? "*"} ${path}`)).toEqual([
      "a.example /",
      "shop.example /a",
      "shop.example /",
      "* /api",
      "* /a",
      "* /b",
      "* /",
    ]);
  });
});

describe("a definition with problems", () => {
  const fail = (define: () => unknown) => {
    try {
      define();
    } catch (error) {
      if (pulumi.InputPropertiesError.isInstance(error)) return error;
      throw error;
    }
    throw new Error("The definition was taken.");
  };

  it("is refused with all of them, for people and for Pulumi", () => {
    const error = fail(() =>
      defineServices({
        web: app({ image: IMAGE, port: 0, links: ["reddis"] }),
        redis: cache({ image: IMAGE, port: 6379 }),
      }),
    );
    expect(error.message).toBe(
      [
        "The services have 2 problems; nothing was touched.",
        "  - web.port: `port` of service `web` is 0. Give a whole number from 1 to 65535.",
        "  - web.links[0]: Link `reddis` of service `web` names no service. Did you mean `redis`? Known: redis.",
      ].join("\n"),
    );
    expect(error.errors).toEqual([
      {
        propertyPath: "web.port",
        reason: "`port` of service `web` is 0. Give a whole number from 1 to 65535.",
      },
      {
        propertyPath: "web.links[0]",
        reason:
          "Link `reddis` of service `web` names no service. Did you mean `redis`? Known: redis.",
      },
    ]);
    expect(error.stack).toBe(error.message);
  });

  it("is refused with its one problem", () => {
    expect(fail(() => defineServices({})).message).toBe(
      "The services have a problem; nothing was touched.\n" +
        "  - The definition has no service. Give an object of services, e.g. `{ app: app({ image, port: 8080 }) }`.",
    );
  });

  it("cannot be smuggled a role through its settings", () => {
    const args = { image: IMAGE, port: 6379, role: "app" };
    expect(defineServices({ redis: cache(args) }).byName.redis?.role).toBe("cache");
  });
});

it("takes the whole of identidock", () => {
  expect(
    identidock.list.map(({ name, role, replicas, releaseOrder }) => [
      name,
      role,
      replicas,
      releaseOrder,
    ]),
  ).toEqual([
    ["dnmonster", "worker", 1, "start-first"],
    ["redis", "cache", 1, "stop-first"],
    ["app", "app", 2, "start-first"],
  ]);
  expect(Object.keys(identidock.byName.app?.environment ?? {})).toEqual([
    "DNMONSTER_HOST",
    "DNMONSTER_PORT",
    "LOG_LEVEL",
    "REDIS_HOST",
    "REDIS_PORT",
    "SESSION_KEY_FILE",
  ]);
});

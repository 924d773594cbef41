/** What a definition says of links, secrets and images, filled in. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  app,
  cache,
  defineServices,
  proxy,
  worker,
  type ServiceArgs,
} from "../../../components/services/index.ts";
import { DIGEST, IMAGE } from "./bad/row.ts";
import { identidock } from "./example.ts";
import { one } from "./filled-in.ts";

/** The value of an output that is known. */
const valueOf = (output: pulumi.Output<string>) =>
  new Promise<string>((resolve) => void output.apply((value) => resolve(value)));

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

describe("named ports", () => {
  const services = defineServices({
    web: app({ image: IMAGE, port: 80, links: ["api:grpc", "api:metrics", "api", "store:backup"] }),
    api: worker({
      image: IMAGE,
      port: 8080,
      ports: { metrics: { port: 9100, linkPort: 9101 }, grpc: 50051, "grpc-web": 8081 },
      healthCheck: { path: "/ready", port: "metrics" },
    }),
    store: cache({ image: IMAGE, port: 6379, ports: { backup: { port: 6380 } } }),
    edge: proxy({ routes: [{ to: "api:metrics" }] }),
  });

  it("speak what their names say, or else what their role does", () => {
    expect(services.byName.api?.ports).toStrictEqual({
      grpc: { port: 50051, protocol: "h2c" },
      "grpc-web": { port: 8081, protocol: "h2c" },
      metrics: { port: 9100, protocol: "http", linkPort: 9101 },
    });
    expect(services.byName.store?.ports).toStrictEqual({ backup: { port: 6380, protocol: "tcp" } });
    expect(services.byName.api?.healthCheck).toMatchObject({ kind: "http", port: "metrics" });
    expect(services.proxy?.routes).toMatchObject([{ to: "api", port: "metrics" }]);
  });

  it("are told to those that link to them, with their service", () => {
    expect(services.list.map(({ name }) => name)).toEqual(["api", "store", "web"]);
    expect(
      services.byName.web?.links.map(({ service, portName, port }) => [service, portName, port]),
    ).toEqual([
      ["api", undefined, 8080],
      ["api", "grpc", 50051],
      ["api", "metrics", 9101],
      ["store", undefined, 6379],
      ["store", "backup", 6380],
    ]);
    expect(services.byName.web?.environment).toEqual({
      API_HOST: "api",
      API_PORT: "8080",
      API_GRPC_HOST: "api",
      API_GRPC_PORT: "50051",
      API_METRICS_HOST: "api",
      API_METRICS_PORT: "9101",
      STORE_HOST: "store",
      STORE_PORT: "6379",
      STORE_BACKUP_HOST: "store",
      STORE_BACKUP_PORT: "6380",
    });
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

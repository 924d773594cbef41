// The program of the tests of fleets on machines that are reached by SSH: reads system.json.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Fleet, readServing } from "../../../components/fleet/index.ts";
import { SshHost, type SshHostArgs, inspectHosts } from "../../../components/hosts/index.ts";
import { app, cache, defineServices, proxy, worker } from "../../../components/services/index.ts";

/** What a test wants: app on all machines, and what it links to on one of them each. */
export interface System {
  proxyImage: string;
  app: { image: string; version: string };
  counter: { image: string; version: string };
  /** Service → the machine that has it. */
  places: Record<"dnmonster" | "counter" | "cache", string>;
  machines: Record<string, SshHostArgs>;
  /** Whether the cache's volume is saved, to a folder of its machine. */
  backup?: boolean;
}

const {
  proxyImage,
  app: wanted,
  counter,
  places,
  machines,
  backup = false,
} = JSON.parse(readFileSync("system.json", "utf8")) as System;

const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
const inspected = await inspectHosts({
  engines: Object.entries(machines).map(([name, args]) => SshHost.engine(name, args)),
  stack,
  ports: [{ setting: "httpPort", port: 8080, bind: "0.0.0.0" }],
});

const hosts = Object.entries(machines).map(([name, args]) => new SshHost(name, args));
const common = (role: string, port: number, { image, version } = wanted) => ({
  image: { ref: image, tag: version },
  port,
  environment: { ROLE: role, PORT: String(port), VERSION: version },
  healthCheck: { path: "/health", interval: 1 },
  drain: 2,
  watch: 2,
});
const on = (service: keyof System["places"]) => ({ hosts: [places[service]] });

new Fleet("machines", {
  services: defineServices({
    proxy: proxy({
      image: { ref: proxyImage, tag: "v1" },
      routes: [{ to: "app" }, { path: "/counter", to: "counter" }],
      ...{ port: 8080, bind: "0.0.0.0", statusPage: false },
    }),
    app: app({
      ...common("app", 9090),
      links: ["dnmonster:admin", "dnmonster:raw", "counter", "cache"],
      placement: "everywhere",
      replicas: hosts.length,
    }),
    dnmonster: worker({
      ...common("worker", 8080),
      environment: {
        ROLE: "worker",
        PORT: "8080",
        MORE_PORTS: "8090 8091",
        VERSION: wanted.version,
      },
      ports: { admin: 8090, raw: { port: 8091, protocol: "tcp", linkPort: 8092 } },
      placement: on("dnmonster"),
    }),
    counter: worker({ ...common("counter", 8081, counter), placement: on("counter") }),
    cache: cache({
      ...common("cache", 6379),
      healthCheck: { tcp: true, interval: 1 },
      volume: { name: "cache-data", at: "/data" },
      placement: on("cache"),
    }),
  }),
  hosts,
  stack,
  serving: await readServing(inspected),
  protectVolumes: false,
  ...(backup
    ? {
        backup: {
          to: "/srv/backups",
          password: pulumi.secret("only a test"),
          before: { cache: [] },
        },
      }
    : {}),
});

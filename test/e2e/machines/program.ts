// The program of the tests of fleets on machines that are reached by SSH: reads system.json.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Fleet, readServing } from "../../../components/fleet/index.ts";
import { SshHost, type SshHostArgs, inspectHosts } from "../../../components/hosts/index.ts";
import { app, defineServices, proxy } from "../../../components/services/index.ts";

/** What a test wants. */
export interface System {
  proxyImage: string;
  app: { image: string; version: string };
  machines: Record<string, SshHostArgs>;
}

const {
  proxyImage,
  app: wanted,
  machines,
} = JSON.parse(readFileSync("system.json", "utf8")) as System;

const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
const inspected = await inspectHosts({
  engines: Object.entries(machines).map(([name, args]) => SshHost.engine(name, args)),
  stack,
  ports: [{ setting: "httpPort", port: 8080, bind: "0.0.0.0" }],
});

const hosts = Object.entries(machines).map(([name, args]) => new SshHost(name, args));
new Fleet("machines", {
  services: defineServices({
    proxy: proxy({
      image: { ref: proxyImage, tag: "v1" },
      routes: [{ to: "app" }],
      ...{ port: 8080, bind: "0.0.0.0", statusPage: false },
    }),
    app: app({
      image: { ref: wanted.image, tag: wanted.version },
      port: 9090,
      placement: "everywhere",
      replicas: hosts.length,
      environment: { ROLE: "worker", PORT: "9090", VERSION: wanted.version },
      healthCheck: { path: "/health", interval: 1 },
      drain: 2,
    }),
  }),
  hosts,
  stack,
  serving: await readServing(inspected),
});

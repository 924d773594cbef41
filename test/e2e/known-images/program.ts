// The program of the tests of well-known images: the definitions of docs/known-images.md, with what a test changes of them.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Fleet, readServing } from "../../../components/fleet/index.ts";
import { LocalHost, inspectHosts } from "../../../components/hosts/index.ts";
import { app, cache, defineServices, proxy } from "../../../components/services/index.ts";
import { readSettings } from "../../../settings.ts";
import * as known from "../../support/known-images.ts";
import type { System } from "./system.ts";

const settings = readSettings();
const { proxyImage, routes, services } = JSON.parse(readFileSync("system.json", "utf8")) as System;
const ROLES = { postgres: cache, nginx: app, phpApache: app, rabbitmq: cache, tomcat: app };

type Definition = Exclude<keyof typeof known, "system">;

const defined = Object.entries(services).map(([name, { image, kind, asRoot, changes }]) => {
  const define = known[asRoot ? (`${kind}AsRoot` as Definition) : kind];
  const args = define({ ref: image, tag: "v1" }, settings.sessionKey);
  return [name, ROLES[kind]({ ...args, ...changes })] as const;
});

const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
const local = settings.hosts.kind === "local" ? { dockerHost: settings.hosts.dockerHost } : {};
const engines = [LocalHost.engine("local", local)];

new Fleet("known-images", {
  services: defineServices({
    proxy: proxy({
      image: { ref: proxyImage, tag: "v1" },
      routes,
      port: settings.httpPort,
      statusPage: { port: settings.statusPort },
    }),
    ...Object.fromEntries(defined),
  }),
  hosts: [new LocalHost("local", local)],
  stack,
  serving: await readServing(await inspectHosts({ engines, stack, ports: [] })),
});

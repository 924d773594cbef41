/** An app of two replicas that is built and tested here, a cache that keeps its data, and a secret. */
import * as pulumi from "@pulumi/pulumi";
import { app, cache, defineServices, proxy } from "longshore";
import { Fleet, proxyContext } from "longshore/fleet";
import { LocalHost } from "longshore/hosts";
import { TestedImage } from "longshore/images";

const config = new pulumi.Config();
const registry = config.require("registry");
const build = (name: string, context: string) =>
  new TestedImage(name, { context, repository: `${registry}/${name}`, builder: "longshore" });

const services = defineServices({
  proxy: proxy({ image: build("proxy", proxyContext), routes: [{ to: "web" }], port: 8080 }),
  web: app({
    image: build("web", "web"),
    port: 3000,
    replicas: 2,
    links: ["store"],
    healthCheck: { path: "/health" },
    smokeChecks: [{ path: "/", startsWith: "<!doctype html>" }],
    secrets: { SESSION_KEY: config.requireSecret("sessionKey") },
  }),
  store: cache({
    image: config.require("storeImage"),
    port: 6379,
    volume: { name: "data", at: "/data" },
  }),
});
const fleet = new Fleet("shop", { services, hosts: [new LocalHost("local")] });

export const { urls, report } = fleet;

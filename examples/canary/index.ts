/** A release that first gets 5 %, then half of the requests, and is watched for a minute after the switch. */
import * as pulumi from "@pulumi/pulumi";
import { app, defineServices, proxy } from "longshore";
import { Fleet } from "longshore/fleet";
import { LocalHost } from "longshore/hosts";

const config = new pulumi.Config();
const services = defineServices({
  proxy: proxy({ image: config.require("proxyImage"), routes: [{ to: "web" }], port: 8080 }),
  web: app({
    image: config.require("webImage"),
    port: 3000,
    replicas: 2,
    healthCheck: { path: "/health" },
    strategy: { canary: { steps: [5, 50], watch: 60, maxErrors: 0.5, maxLatency: 300 } },
    watch: { seconds: 60, maxErrors: 1 },
  }),
});
const fleet = new Fleet("shop", { services, hosts: [new LocalHost("local")] });

export const { urls, report } = fleet;

/** One service behind the proxy, on this computer: the least that a system needs. */
import * as pulumi from "@pulumi/pulumi";
import { app, defineServices, proxy } from "longshore";
import { Fleet } from "longshore/fleet";
import { LocalHost } from "longshore/hosts";

const config = new pulumi.Config();
const services = defineServices({
  proxy: proxy({ image: config.require("proxyImage"), routes: [{ to: "web" }], port: 8080 }),
  web: app({ image: config.require("webImage"), port: 3000, healthCheck: { path: "/" } }),
});
const fleet = new Fleet("shop", { services, hosts: [new LocalHost("local")] });

export const { urls, report } = fleet;

/** A site by HTTPS, open to the world: HTTP leads there, and browsers stay with it for a day. */
import * as pulumi from "@pulumi/pulumi";
import { app, defineServices, proxy } from "longshore";
import { Fleet } from "longshore/fleet";
import { LocalHost } from "longshore/hosts";

const config = new pulumi.Config();
const services = defineServices({
  proxy: proxy({
    image: config.require("proxyImage"),
    routes: [{ to: "web" }],
    bind: "0.0.0.0",
    tls: {
      certificate: config.require("certificate"),
      key: config.requireSecret("tlsKey"),
      hsts: { maxAge: 86_400 },
    },
  }),
  web: app({ image: config.require("webImage"), port: 3000, healthCheck: { path: "/" } }),
});
const fleet = new Fleet("shop", { services, hosts: [new LocalHost("local")] });

export const { urls, report } = fleet;

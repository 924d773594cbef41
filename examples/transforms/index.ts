/**
 * What a definition cannot say, by Pulumi's own way out: a transform changes the options of the resources that a
 * component makes. What the release relies on (names, labels, networks, `start`) must stay as it is.
 */
import * as pulumi from "@pulumi/pulumi";
import { app, defineServices, proxy } from "longshore";
import { Fleet } from "longshore/fleet";
import { LocalHost } from "longshore/hosts";

const config = new pulumi.Config();
const services = defineServices({
  proxy: proxy({ image: config.require("proxyImage"), routes: [{ to: "web" }], port: 8080 }),
  web: app({ image: config.require("webImage"), port: 3000, healthCheck: { path: "/" } }),
});
const fleet = new Fleet(
  "shop",
  { services, hosts: [new LocalHost("local")] },
  {
    transforms: [
      ({ type, name, props, opts }) =>
        type === "docker:index/container:Container" && name.startsWith("shop-local-web-")
          ? { props: { ...props, cpuSet: "0" }, opts }
          : undefined,
    ],
  },
);

export const { urls, report } = fleet;

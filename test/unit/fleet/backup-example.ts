// The example of docs/backup.md: a web service and its redis, whose data a bucket keeps.
import * as pulumi from "@pulumi/pulumi";
import { Fleet } from "../../../components/fleet/index.ts";
import { SshHost } from "../../../components/hosts/index.ts";
import { app, cache, defineServices, proxy } from "../../../components/services/index.ts";

const config = new pulumi.Config();
/** By digest, e.g. `registry.example/web:4f2c1e9@sha256:…`. */
const images = config.requireObject<Record<"proxy" | "web" | "redis", string>>("images");
const hostKey = config.require("hostKey");

new Fleet("shop", {
  services: defineServices({
    proxy: proxy({ image: images.proxy, routes: [{ to: "web" }], port: 80, bind: "0.0.0.0" }),
    web: app({ image: images.web, port: 8080, links: ["redis"] }),
    redis: cache({
      image: images.redis,
      port: 6379,
      volume: { name: "redis-data", at: "/data" },
    }),
  }),
  hosts: [new SshHost("web-1", { address: "203.0.113.7", user: "deploy", hostKey, docker: {} })],
  backup: {
    to: "s3:https://fra1.digitaloceanspaces.com/shop-backups",
    password: config.requireSecret("backupPassword"),
    s3: {
      accessKeyId: config.require("backupKeyId"),
      secretAccessKey: config.requireSecret("backupKey"),
    },
    before: { redis: ["redis-cli", "-e", "SAVE"] },
  },
});

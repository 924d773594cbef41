// The example of docs/services.md: identidock, all of it.
import * as pulumi from "@pulumi/pulumi";
import { app, cache, defineServices, proxy, worker } from "../../../components/services/index.ts";

const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

export const identidock = defineServices({
  proxy: proxy({
    routes: [{ domain: "identidock.example", to: "app" }],
    port: 8080,
  }),
  app: app({
    image: `registry.example/identidock/app:4f2c1e9@${digest}`,
    port: 9090,
    replicas: 2,
    links: ["dnmonster", "redis"],
    healthCheck: { path: "/health" },
    environment: { LOG_LEVEL: "info" },
    secrets: { SESSION_KEY: pulumi.secret("from the stack's configuration") },
  }),
  dnmonster: worker({
    image: `registry.example/identidock/dnmonster:4f2c1e9@${digest}`,
    port: 8080,
    healthCheck: { path: "/health" },
  }),
  redis: cache({
    image: `registry.example/identidock/redis:4f2c1e9@${digest}`,
    port: 6379,
    volume: { name: "redis-data", at: "/data" },
  }),
});

// The definitions of docs/known-images.md, which shows this file in pieces.
import type * as pulumi from "@pulumi/pulumi";
import { app, cache, defineServices, proxy } from "../../components/services/index.ts";
import type { ServiceArgs } from "../../components/services/index.ts";

type Image = ServiceArgs["image"];
type Secret = pulumi.Input<string>;

/** All kinds in one system. */
export const system = (
  images: Record<"blog" | "site" | "store" | "queue" | "shop", Image>,
  password: Secret,
) =>
  defineServices({
    proxy: proxy({
      routes: [{ to: "blog" }, { path: "/site", to: "site" }, { path: "/shop", to: "shop" }],
    }),
    blog: app(phpApache(images.blog, password)),
    site: app(nginx(images.site)),
    store: cache(postgres(images.store, password)),
    queue: cache(rabbitmq(images.queue)),
    shop: app(tomcat(images.shop)),
  });

/** `postgres`, as the user `postgres` of its image. */
export const postgres = (image: Image, password: Secret) =>
  ({
    image,
    port: 5432,
    user: "999:999",
    volume: { name: "postgres-data", at: "/var/lib/postgresql/data" },
    tmpfs: [{ at: "/tmp" }, { at: "/var/run/postgresql" }],
    secrets: { POSTGRES_PASSWORD: password },
    healthCheck: { command: ["pg_isready", "--host=127.0.0.1", "--username=postgres"] },
    memory: 512,
    shmSize: 128,
    stopGrace: 60,
  }) satisfies ServiceArgs;

/** The same as root, which takes its folders over and becomes `postgres`. */
export const postgresAsRoot = (image: Image, password: Secret) =>
  ({
    ...postgres(image, password),
    user: "root",
    capabilities: { add: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "KILL", "SETGID", "SETUID"] },
  }) satisfies ServiceArgs;

/** `nginx`, as the user `nginx` of its image. */
export const nginx = (image: Image) =>
  ({
    image,
    port: 80,
    user: "101:101",
    tmpfs: [{ at: "/tmp" }, { at: "/run" }, { at: "/var/cache/nginx" }],
    healthCheck: { path: "/site/" },
    memory: 128,
    stopGrace: 30,
  }) satisfies ServiceArgs;

/** The same as root, with workers that become `nginx`. */
export const nginxAsRoot = (image: Image) =>
  ({
    ...nginx(image),
    user: "root",
    capabilities: { add: ["CHOWN", "SETGID", "SETUID"] },
  }) satisfies ServiceArgs;

/** `php:apache`, `wordpress` and their like, as the user `www-data` of their images. */
export const phpApache = (image: Image, password: Secret) =>
  ({
    image,
    port: 80,
    user: "33:33",
    links: ["store"],
    volume: { name: "php-apache-html", at: "/var/www/html" },
    tmpfs: [{ at: "/tmp" }, { at: "/var/run/apache2" }, { at: "/var/lock/apache2" }],
    secrets: { DB_PASSWORD: password },
    healthCheck: { path: "/" },
    memory: 512,
    stopGrace: 30,
  }) satisfies ServiceArgs;

/** The same as root, with workers that become `www-data`, who may not read root's secrets. */
export const phpApacheAsRoot = (image: Image, password: Secret) =>
  ({
    ...phpApache(image, password),
    user: "root",
    secrets: { DB_PASSWORD: { value: password, as: "env" } },
    capabilities: { add: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"] },
  }) satisfies ServiceArgs;

/** `rabbitmq`, as the user `rabbitmq` of its image. */
export const rabbitmq = (image: Image) =>
  ({
    image,
    port: 5672,
    user: "999:999",
    // The name of its folder in the volume: without one, each release would begin with an empty broker.
    hostname: "queue",
    volume: { name: "rabbitmq-data", at: "/var/lib/rabbitmq" },
    memory: 512,
    deadline: 120,
    stopGrace: 60,
  }) satisfies ServiceArgs;

/** The same as root, which takes its folder over and becomes `rabbitmq`. */
export const rabbitmqAsRoot = (image: Image) =>
  ({
    ...rabbitmq(image),
    user: "root",
    capabilities: { add: ["CHOWN", "KILL", "SETGID", "SETUID"] },
  }) satisfies ServiceArgs;

/** `tomcat`, and other programs on a JVM, as a user of no image. */
export const tomcat = (image: Image) =>
  ({
    image,
    port: 8080,
    user: "10001:10001",
    links: ["queue"],
    tmpfs: [
      { at: "/tmp", size: 32 },
      { at: "/usr/local/tomcat/work", size: 32 },
      { at: "/usr/local/tomcat/temp", size: 32 },
      { at: "/usr/local/tomcat/logs", size: 32 },
      { at: "/usr/local/tomcat/conf/Catalina", size: 1 },
    ],
    environment: { JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError" },
    healthCheck: { path: "/" },
    memory: 512,
    deadline: 120,
    stopGrace: 30,
  }) satisfies ServiceArgs;

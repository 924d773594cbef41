/** Bad definitions: images, links and ports. */
import { DIGEST, IMAGE, edge, job, redis, web, type Row } from "./row.ts";

const how = (ref: string) =>
  `Give \`new RegistryImage(NAME, { image: "${ref}" })\` of \`longshore/images\`, which resolves it once, or ` +
  `\`${ref}@sha256:…\`: \`docker buildx imagetools inspect ${ref}\` prints the digest.`;

export const LINKS_ROWS: Row[] = [
  {
    rule: "image-syntax",
    definition: web({ image: `Registry.example/Shop@${DIGEST}` }),
    path: "web.image",
    message:
      "Image of service `web`: `Registry.example/Shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef` is not a valid image reference.",
    fix: "Give `repository@sha256:…`: a repository in lower case and a digest of 64 hexadecimal digits.",
  },
  {
    rule: "image-syntax",
    definition: web({ image: "shop@sha256:0123" }),
    path: "web.image",
    message: "Image of service `web`: `shop@sha256:0123` is not a valid image reference.",
    fix: "Give `repository@sha256:…`: a repository in lower case and a digest of 64 hexadecimal digits.",
  },
  {
    rule: "image-syntax",
    definition: { ...web(), ...edge({ image: "" }) },
    path: "edge.image",
    message: 'Image of service `edge`: `""` is not a valid image reference.',
    fix: "Give `repository@sha256:…`: a repository in lower case and a digest of 64 hexadecimal digits.",
  },
  {
    rule: "image-latest",
    definition: web({ image: "shop:latest" }),
    path: "web.image",
    message:
      "Image of service `web`: `shop:latest` is tagged `latest`, which does not say what runs.",
    fix: "Tag the image with its commit or build number.",
  },
  {
    rule: "image-latest",
    definition: web({ image: `shop:latest@${DIGEST}` }),
    path: "web.image",
    message:
      "Image of service `web`: `shop:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef` is tagged `latest`, which does not say what runs.",
    fix: "Tag the image with its commit or build number.",
  },
  {
    rule: "image-latest",
    definition: web({ image: { ref: IMAGE, tag: "latest" } }),
    path: "web.image.tag",
    message: "Image of service `web`: It is tagged `latest`, which does not say what runs.",
    fix: "Tag the image with its commit or build number.",
  },
  {
    rule: "image-digest",
    definition: web({ image: "redis:7.2" }),
    path: "web.image",
    message:
      "Image of service `web`: `redis:7.2` has no digest, so what runs could change without a release.",
    fix: how("redis:7.2"),
  },
  {
    rule: "image-digest",
    definition: web({ image: { ref: "127.0.0.1:5055/shop", tag: "a1b2c3" } }),
    path: "web.image.ref",
    message:
      "Image of service `web`: `127.0.0.1:5055/shop` has no digest, so what runs could change without a release.",
    fix: how("127.0.0.1:5055/shop"),
  },
  {
    rule: "image-tag",
    definition: web({ image: { ref: IMAGE, tag: "release 1" } }),
    path: "web.image.tag",
    message: "Image of service `web`: `release 1` is not a valid tag.",
    fix: "Give up to 128 letters, digits, `_`, `.` and `-`, e.g. a commit.",
  },
  {
    rule: "image-tag",
    definition: web({ image: { ref: IMAGE, tag: "" } }),
    path: "web.image.tag",
    message: 'Image of service `web`: `""` is not a valid tag.',
    fix: "Give up to 128 letters, digits, `_`, `.` and `-`, e.g. a commit.",
  },
  {
    rule: "link-unknown",
    definition: { ...web({ links: ["reddis"] }), ...job(), ...redis() },
    path: "web.links[0]",
    message: "Link `reddis` of service `web` names no service.",
    fix: "Did you mean `redis`? Known: job, redis.",
  },
  {
    rule: "link-unknown",
    definition: { ...web({ links: ["redis", "database"] }), ...redis() },
    path: "web.links[1]",
    message: "Link `database` of service `web` names no service.",
    fix: "Known: redis.",
  },
  {
    rule: "link-unknown",
    definition: web({ links: ["redis"] }),
    path: "web.links[0]",
    message: "Link `redis` of service `web` names no service.",
    fix: "No other service is defined.",
  },
  {
    rule: "link-self",
    definition: web({ links: ["web"] }),
    path: "web.links[0]",
    message: "Service `web` links to itself.",
    fix: "Remove the link: a replica reaches itself at `localhost`.",
  },
  {
    rule: "link-duplicate",
    definition: { ...web({ links: ["redis", "redis"] }), ...redis() },
    path: "web.links[1]",
    message: "Service `web` links to `redis` twice.",
    fix: "Remove this one; the first is `web.links[0]`.",
  },
  {
    rule: "link-proxy",
    definition: { ...web({ links: ["edge"] }), ...edge() },
    path: "web.links[0]",
    message: "Link `edge` of service `web` leads to the proxy, which serves the outside.",
    fix: "Link to the service itself.",
  },
  {
    rule: "link-portless",
    definition: { ...web({ links: ["job"] }), ...job() },
    path: "web.links[0]",
    message: "Link `job` of service `web` leads to a service without a port.",
    fix: "Give `job.port`, or remove the link.",
  },
  {
    rule: "link-circle",
    definition: { ...web({ links: ["redis"] }), ...redis({ links: ["web"] }) },
    path: "redis.links[0]",
    message:
      "Links make a circle, so none of its services can start first: `redis` → `web` → `redis`.",
    fix: "Remove one of these links.",
  },
  {
    rule: "link-circle",
    definition: {
      ...web({ links: ["job"] }),
      ...job({ port: 8081, links: ["redis"] }),
      ...redis({ links: ["web"] }),
    },
    path: "job.links[0]",
    message:
      "Links make a circle, so none of its services can start first: `job` → `redis` → `web` → `job`.",
    fix: "Remove one of these links.",
  },
  {
    rule: "link-network",
    definition: { ...web({ links: ["redis"] }), ...redis({ networkMode: "host" }) },
    path: "web.links[0]",
    message: "Link `redis` of service `web` leads to a service outside the stack's network.",
    fix: "Remove `redis.networkMode`, or the link.",
  },
  {
    rule: "link-variable",
    definition: {
      ...web({ links: ["redis"], environment: { REDIS_HOST: "10.0.0.7" } }),
      ...redis(),
    },
    path: "web.environment.REDIS_HOST",
    message: "`REDIS_HOST` of service `web` is set by its link to `redis`.",
    fix: "Remove it, or the link.",
  },
  {
    rule: "link-variable",
    definition: {
      ...web({
        links: ["image-cache"],
        secrets: { IMAGE_CACHE_PORT: { value: "s3cret", as: "env" } },
      }),
      "image-cache": redis().redis,
    },
    path: "web.secrets.IMAGE_CACHE_PORT",
    message: "`IMAGE_CACHE_PORT` of service `web` is set by its link to `image-cache`.",
    fix: "Remove it, or the link.",
  },
  {
    rule: "port-shared",
    definition: { ...redis(), sessions: redis().redis },
    path: "sessions.port",
    message:
      "Services `redis` and `sessions` both have TCP port 6379, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 6380: its callers find that in their environment, and it listens as before.",
  },
  {
    rule: "port-shared",
    definition: {
      ...redis({ linkPort: 7000 }),
      sessions: redis({ port: 7000 }).redis,
      ...web({ port: 7001 }),
    },
    path: "sessions.port",
    message:
      "Services `redis` and `sessions` both have TCP port 7000, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 7002: its callers find that in their environment, and it listens as before.",
  },
  {
    rule: "port-mixed",
    definition: { ...redis(), ...web({ port: 6379 }) },
    path: "web.port",
    message:
      "Port 6379 speaks HTTP at service `web` and TCP at service `redis`, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 6380, or both the same `protocol`.",
  },
  {
    rule: "port-mixed",
    definition: { ...web(), ...redis({ port: 8080 }) },
    path: "redis.port",
    message:
      "Port 8080 speaks HTTP at service `web` and TCP at service `redis`, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 8081, or both the same `protocol`.",
  },
  {
    rule: "protocol-portless",
    definition: job({ protocol: "tcp" }),
    path: "job.protocol",
    message: "Service `job` has a protocol but no port to speak it on.",
    fix: "Give the `port`, or remove `protocol`.",
  },
  {
    rule: "protocol-portless",
    definition: job({ linkPort: 8081 }),
    path: "job.linkPort",
    message: "Service `job` has a port for links but none that it listens on.",
    fix: "Give the `port`, or remove `linkPort`.",
  },
];

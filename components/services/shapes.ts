/** The shape of each property, made of the parts in shape-parts.ts. */
import { z } from "zod";
import { PROXY_SHAPE } from "./proxy-shape.ts";
import {
  choice,
  flag,
  inputText,
  isText,
  list,
  object,
  port,
  seconds,
  text,
  whole,
} from "./shape-parts.ts";

const PROTOCOLS = ["http", "h2c", "tcp"];
const NETWORK_MODES = ["stack", "host", "none"];
const RESTART_POLICIES = ["no", "on-failure", "unless-stopped", "always"];

function isImage(value: unknown): boolean {
  if (isText(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return "ref" in value && isText(value.ref) && "tag" in value && isText(value.tag);
}

const percent = z
  .number("a number of percent from 0 to 100")
  .min(0, "a number of percent from 0 to 100")
  .max(100, "a number of percent from 0 to 100");
const texts = z.record(z.string(), text("text, numbers too"), "an object of texts");
const limit = whole(-1, Number.MAX_SAFE_INTEGER);
const words = list(text("text"), 'a list of words, e.g. `["node", "server.js"]`', 1);
const capabilities = list(text("text"), 'a list of names, e.g. `["CHOWN"]`');
const volume = object(
  { name: text("a name, e.g. `redis-data`"), at: text("a folder, e.g. `/data`") },
  'a volume, e.g. `{ name: "redis-data", at: "/data" }`',
);
const image = z.custom(isImage, "`repository@sha256:…`, an output of that, or `{ ref, tag }`");

const CONTAINER = {
  memory: whole(6, 1024 * 1024, "of MiB "),
  cpus: z
    .number("a number of cores from 0.01 to 512")
    .min(0.01, "a number of cores from 0.01 to 512")
    .max(512, "a number of cores from 0.01 to 512"),
  restart: z.union(
    [
      text("text"),
      object(
        { policy: choice(RESTART_POLICIES), maxRetries: whole(1, 1000).optional() },
        "an object",
      ),
    ],
    "a policy, e.g. `on-failure:5`",
  ),
  logging: object(
    {
      driver: text("the name of a logging driver, e.g. `local`"),
      options: z
        .record(z.string(), text('text, numbers too, e.g. `"3"`'), "an object of texts")
        .optional(),
    },
    'a driver, e.g. `{ driver: "local" }`',
  ),
  user: text("a user, e.g. `1000:1000`"),
  readOnlyRoot: flag,
  tmpfs: list(
    object(
      { at: text("a folder, e.g. `/tmp`"), size: whole(1, 1024 * 1024, "of MiB ").optional() },
      'a folder, e.g. `{ at: "/tmp" }`',
    ),
    'a list of folders, e.g. `[{ at: "/tmp" }]`',
  ),
  capabilities: object(
    { add: capabilities.optional(), drop: capabilities.optional() },
    'an object, e.g. `{ add: ["CHOWN"] }`',
  ),
  noNewPrivileges: flag,
  stopSignal: text("a signal, e.g. `SIGTERM`"),
  stopGrace: seconds(1, 3600),
};

const SERVICE = {
  ...CONTAINER,
  command: words,
  environment: z.record(z.string(), inputText, "an object of texts"),
  secrets: z.record(
    z.string(),
    z.union(
      [
        inputText,
        object({ value: inputText, as: choice(["file", "env"]).optional() }, "an object"),
      ],
      "text, an output of text, or `{ value, as }`",
    ),
    "an object of texts",
  ),
  links: list(text("the name of a service"), "a list of names of services"),
  port,
  protocol: choice(PROTOCOLS),
  linkPort: port,
  ports: z.record(
    z.string(),
    z.union(
      [
        port,
        object(
          { port, protocol: choice(PROTOCOLS).optional(), linkPort: port.optional() },
          "an object",
        ),
      ],
      "a whole number from 1 to 65535, or `{ port, protocol, linkPort }`",
    ),
    "an object, e.g. `{ metrics: 9100 }`",
  ),
  replicas: whole(1, 1000),
  placement: z.union(
    [
      choice(["anywhere", "everywhere"]),
      object(
        { hosts: list(text("the name of a host"), "a list of names of hosts", 1) },
        "an object",
      ),
    ],
    '`anywhere`, `everywhere` or hosts, e.g. `{ hosts: ["web-1"] }`',
  ),
  healthCheck: object(
    {
      path: text("a path, e.g. `/health`").optional(),
      status: z
        .union(
          [whole(100, 599), list(whole(100, 599), "a list of statuses, e.g. `[200, 204]`", 1)],
          "a status from 100 to 599, or a list of them",
        )
        .optional(),
      requestHeaders: z.record(z.string(), text("text"), "an object of texts").optional(),
      tcp: z.literal(true, "`true`").optional(),
      port: text("the name of a port, e.g. `metrics`").optional(),
      command: words.optional(),
      runningFor: seconds(1, 3600).optional(),
      interval: seconds(1, 300).optional(),
      timeout: seconds(1, 300).optional(),
      successes: whole(1, 20).optional(),
    },
    'a check, e.g. `{ path: "/health" }`',
  ),
  deadline: seconds(1, 3600),
  drain: seconds(0, 86400),
  watch: z.union(
    [
      seconds(0, 600),
      object(
        { seconds: seconds(0, 600).optional(), maxErrors: percent.optional() },
        "an object, e.g. `{ seconds: 60 }`",
      ),
    ],
    "seconds from 0 to 600, or e.g. `{ seconds: 60, maxErrors: 1 }`",
  ),
  releaseOrder: choice(["start-first", "stop-first"]),
  strategy: z.union(
    [
      choice(["blue-green", "ramped"]),
      object(
        {
          canary: object(
            {
              steps: list(
                whole(1, 99, "of percent "),
                "a list of percent, e.g. `[10, 50]`",
                1,
              ).optional(),
              watch: seconds(1, 600).optional(),
              maxErrors: percent.optional(),
              maxLatency: whole(1, 60_000, "of milliseconds ").optional(),
              minRequests: whole(1, 1_000_000).optional(),
            },
            "an object, e.g. `{ steps: [10, 50] }`",
          ),
        },
        "an object",
      ),
    ],
    "`blue-green`, `ramped`, or a canary, e.g. `{ canary: { steps: [10, 50] } }`",
  ),
  smokeChecks: list(
    object(
      {
        path: text("a path, e.g. `/login`"),
        status: whole(100, 599).optional(),
        requestHeaders: z.record(z.string(), text("text"), "an object of texts").optional(),
        headers: z.record(z.string(), text("text"), "an object of texts").optional(),
        startsWith: text("text, e.g. `<!doctype html>`").optional(),
      },
      'a check, e.g. `{ path: "/login" }`',
    ),
    'a list of checks, e.g. `[{ path: "/login" }]`',
  ),
  sticky: object(
    { cookie: text("a name, e.g. `replica`") },
    'a cookie, e.g. `{ cookie: "replica" }`',
  ),
  releaseCommand: words,
  entrypoint: words,
  init: flag,
  hostname: text("a name, e.g. `web`"),
  extraHosts: texts,
  dns: list(text("an IP address"), "a list of IP addresses"),
  ulimits: z.record(
    z.string(),
    z.union(
      [limit, object({ soft: limit, hard: limit }, "an object")],
      "a number, or `{ soft, hard }`",
    ),
    "an object, e.g. `{ nofile: 65536 }`",
  ),
  sysctls: texts,
  shmSize: whole(1, 1024 * 1024, "of MiB "),
  // The most that Linux can count (PID_MAX_LIMIT of include/linux/threads.h).
  pidsLimit: whole(1, 4_194_304, "of processes "),
  labels: texts,
  bindMounts: list(
    object(
      {
        from: text("a path on the machine, e.g. `/srv/photos`"),
        at: text("a path in the container, e.g. `/photos`"),
        readOnly: flag.optional(),
      },
      'a mount, e.g. `{ from: "/srv/photos", at: "/photos" }`',
    ),
    "a list of mounts",
  ),
  devices: list(
    z.union(
      [
        text("a path"),
        object(
          {
            from: text("a path, e.g. `/dev/fuse`"),
            at: text("a path, e.g. `/dev/fuse`").optional(),
            permissions: text("letters of `rwm`").optional(),
          },
          "an object",
        ),
      ],
      "a path, e.g. `/dev/fuse`, or `{ from, at, permissions }`",
    ),
    "a list of devices",
  ),
  gpus: text("`all`, or ids, e.g. `device=0,2`"),
  volume: z.union(
    [volume, list(volume, "a list of volumes")],
    'a volume, e.g. `{ name: "redis-data", at: "/data" }`, or a list of them',
  ),
  networkMode: choice(NETWORK_MODES),
};

const PROXY = { ...CONTAINER, image: image.optional(), ...PROXY_SHAPE };

/** Shapes of a service's and a proxy's properties. */
export const SHAPES = {
  service: z.strictObject({ ...z.object(SERVICE).partial().shape, image }),
  proxy: z.strictObject({ ...z.object(PROXY).partial().shape, routes: PROXY.routes }),
};

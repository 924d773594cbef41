/** The kinds of places where a stack can run, and the settings of each. */
import { z } from "zod";

const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/;

/** The engine's address; default: `DOCKER_HOST`, else the Docker CLI's current context. */
const dockerHost = z
  .string()
  .regex(/^(unix|tcp):\/\/.+/, "must be an address such as unix:///var/run/docker.sock")
  .optional();
const count = z
  .int("must be a whole number from 1 to 16")
  .min(1, "must be a whole number from 1 to 16")
  .max(16, "must be a whole number from 1 to 16");
/** Names of machines that the stack goes on without, e.g. dead ones that `longshore hosts forget` took out of its state. */
const without = z
  .array(z.string().regex(/^web-\d+$/, "must be the name of a machine, e.g. web-2"), {
    error: 'must be a list of machines, e.g. ["web-2"]',
  })
  .default([]);
const KINDS = {
  /** This computer's engine. */
  local: z.strictObject({ kind: z.literal("local"), dockerHost }),
  /** Machines in containers of this computer's engine, which are reached by SSH and get engines of their own. */
  simulated: z.strictObject({
    kind: z.literal("simulated"),
    dockerHost,
    /** How many. */
    count: count.default(3),
    without,
    /** File with the private key that logs in there; its public half is beside it, as `.pub`. */
    identityFile: z
      .string("must be the path of a private key")
      .min(1, "must be the path of a private key"),
  }),
  /** Droplets of DigitalOcean, by `DIGITALOCEAN_TOKEN`. */
  droplets: z.strictObject({
    kind: z.literal("droplets"),
    /** @example "fra1" */
    region: z
      .string("must be a region, e.g. fra1")
      .regex(/^[a-z]{3}\d$/, "must be a region, e.g. fra1"),
    count: count.default(2),
    without,
    size: z.string("must be a size, e.g. s-1vcpu-2gb").default("s-1vcpu-2gb"),
    /** GiB of each one's volume for Docker's data. */
    dataSize: z
      .int("must be a whole number of GiB")
      .min(1, "must be a whole number of GiB")
      .default(20),
    /** Networks from which SSH is open. */
    sshFrom: z
      .array(z.union([z.cidrv4(), z.cidrv6()], "must be a network, e.g. 203.0.113.0/24"), {
        error: 'must be a list of networks, e.g. ["203.0.113.0/24"]',
      })
      .min(1, "must name at least one network: the one from which you deploy"),
    /** Public keys that log in. The first one is added to the account, unless `accountKeys` names others. */
    authorizedKeys: z
      .array(z.string("must be a public key"), {
        error: 'must be a list of public keys, e.g. ["ssh-ed25519 AAAA…"]',
      })
      .min(1, "must hold at least one public key"),
    /** Ids or MD5 fingerprints of keys that the account has. */
    accountKeys: z
      .array(z.string("must be an id or a fingerprint"), {
        error: "must be a list of ids or fingerprints",
      })
      .min(1, "must hold at least one key, or be left out")
      .optional(),
    /** File with the private key; default: what the agent has, and ssh's usual files. */
    identityFile: z
      .string("must be the path of a private key")
      .min(1, "must be the path of a private key")
      .optional(),
  }),
  /** A cluster of Amazon ECS, in the account and region of AWS's usual variables. */
  ecs: z.strictObject({
    kind: z.literal("ecs"),
    /** What the tasks run on. */
    capacity: z
      .enum(["fargate", "fargate-spot"], 'must be "fargate" or "fargate-spot"')
      .default("fargate"),
    /** Availability zones. */
    zones: z.literal([2, 3], "must be 2 or 3").default(2),
    /** Domain of the page, and the id of its zone at Route 53; default: the load balancer's own name, by HTTP. */
    domain: z
      .strictObject({
        name: z.string("must be a domain").regex(DOMAIN, "must be a domain, e.g. shop.example.com"),
        zoneId: z.string("must be a zone's id").regex(/^Z[A-Z0-9]{1,31}$/, "must be a zone's id"),
      })
      .optional(),
    /** Whether `redis` is a cache of ElastiCache rather than a task with a volume. */
    elastiCache: z.boolean("must be true or false").default(false),
    /** Whether `longshore exec` may open a shell in tasks. */
    exec: z.boolean("must be true or false").default(false),
  }),
};

/** Where the system runs. */
export const hosts = z.discriminatedUnion(
  "kind",
  [KINDS.local, KINDS.simulated, KINDS.droplets, KINDS.ecs],
  {
    error: ({ code }) =>
      code === "invalid_union"
        ? 'must be "local", "simulated", "droplets" or "ecs"'
        : 'must be an object such as {"kind": "local"}',
  },
);

/** Properties of hosts of a kind. */
export function hostProperties(raw: string | undefined): string[] {
  const [, kind = "local"] = /"kind"\s*:\s*"(\w+)"/.exec(raw ?? "") ?? [];
  return Object.keys((kind in KINDS ? KINDS[kind as keyof typeof KINDS] : KINDS.local).shape);
}

/** What is wrong with the arguments of an `SshHost`. */
import { z } from "zod";
import { HOST_KEY, KEY_TYPES } from "./host-key.ts";
import { fingerprintOf } from "./install/repository.ts";
import { DRIVERS } from "./install/storage.ts";
import { ORIGINS } from "./install/types.ts";

/** What begins with a dash would be an option of ssh's. */
const word = (what: string) =>
  z.string(`must be ${what}`).regex(/^[^\s@/-][^\s@/]*$/, `must be ${what}`);

const port = z
  .int("must be a whole number")
  .min(1, "must be 1 or more")
  .max(65535, "must be 65535 or less");

const MACHINE = z.strictObject({
  address: word("a name or an IP address, e.g. `203.0.113.7`"),
  user: word("the name of a user, e.g. `deploy`"),
  port: port.optional(),
  hostKey: z
    .string("must be the machine's public host key: `ssh-ed25519 AAAA…`")
    .regex(
      HOST_KEY,
      "must be a public host key: its type and the key, as `cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub` prints " +
        `it on the machine. Types: ${KEY_TYPES.join(", ")}`,
    ),
  identityFile: z.string("must be a path").min(1, "must be a path").optional(),
  jump: z.unknown().optional(),
});
const VERSION =
  "must be a version of the package, as `apt-cache madison docker.io` (or docker-ce) lists them";
const REPOSITORY = z.strictObject(
  {
    // What has a space or a line break would be more than an address in apt's file.
    url: z
      .string("must be an address")
      .regex(
        /^https?:\/\/[^\s@[\]]+$/,
        "must be an address without a login, e.g. `https://packages.example/docker/linux`",
      )
      .optional(),
    key: z
      .string("must be a public key")
      .refine(
        (text) => fingerprintOf(text) !== undefined,
        "must be a public key in ASCII armor, as `gpg --armor --export ID` prints it",
      )
      .optional(),
  },
  'must be an object, e.g. `{ url: "https://packages.example/docker/linux" }`',
);
const DOCKER = z
  .strictObject(
    {
      from: z.enum(ORIGINS, `must be one of: ${ORIGINS.join(", ")}`).optional(),
      repository: REPOSITORY.optional(),
      downgrade: z.boolean("must be true or false").optional(),
      settings: z
        .record(z.string(), z.json(), "must be an object of settings of daemon.json")
        .optional(),
      storage: z.enum(DRIVERS, `must be a storage driver: ${DRIVERS.join(", ")}`).optional(),
      switchStorage: z.boolean("must be true or false").optional(),
      version: z
        .string(VERSION)
        .regex(/^[0-9][A-Za-z0-9.+~:-]*$/, VERSION)
        .optional(),
    },
    "must be an object, e.g. `{}`",
  )
  .refine(({ from, repository }) => from === "docker" || repository === undefined, {
    path: ["repository"],
    message: 'is of Docker\'s own packages: add `from: "docker"`, or remove it',
  })
  .optional();
const FIREWALL = z
  .strictObject(
    {
      ports: z.array(port, "must be a list of ports, e.g. `[80, 443]`"),
      privateNetwork: z
        .union([z.cidrv4(), z.cidrv6()], "must be a network, e.g. `10.0.0.0/24`")
        .optional(),
    },
    "must be an object, e.g. `{ ports: [80, 443] }`",
  )
  .optional();

/** Of any machine that is reached by SSH. */
export const ENGINE = {
  docker: DOCKER,
  firewall: FIREWALL,
  remoteForwards: z.array(port, "must be a list of ports, e.g. `[5055]`").optional(),
  securityUpdates: z.boolean("must be true or false").optional(),
  swap: z
    .int("must be a whole number of MiB")
    .min(64, "must be 64 (MiB) or more")
    .max(65536, "must be 65536 (MiB) or less")
    .optional(),
};
const HOST = MACHINE.extend({
  ...ENGINE,
  privateAddress: z
    .union([z.ipv4(), z.ipv6()], "must be an IP address, e.g. `10.0.0.7`")
    .optional(),
});

/** All of them, each with its property; none if there is nothing wrong. */
export function findSshFaults(args: unknown): string[] {
  return faultsOf(HOST, args, []);
}

function faultsOf(schema: z.ZodType, args: unknown, path: string[]): string[] {
  const issues = schema.safeParse(args).error?.issues ?? [];
  const { jump } = (args ?? {}) as { jump?: unknown };
  return [
    ...issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map(
            (key) =>
              `\`${[...path, ...issue.path, key].join(".")}\` is not a known property: remove it`,
          )
        : `\`${[...path, ...issue.path].join(".")}\` ${issue.message}`,
    ),
    ...(jump === undefined ? [] : faultsOf(MACHINE, jump, [...path, "jump"])),
  ];
}

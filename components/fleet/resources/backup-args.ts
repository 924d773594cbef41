/** What a fleet is told of its backups, and what is wrong with it. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { HOST_KEY } from "../../hosts/host-key.ts";
import type { Host } from "../../hosts/host.ts";
import { LocalHost } from "../../hosts/local-host.ts";
import type { BackupKeep } from "../../hosts/backup/types.ts";
import type { Service } from "../../services/index.ts";
import type { ReplicaPlacement } from "./placement.ts";

/** Defaults of a fleet's `backup`. */
export const BACKUP_DEFAULTS = {
  schedule: "daily",
  keep: { daily: 7, weekly: 4, monthly: 6 },
};

export interface BackupArgs {
  /**
   * Where snapshots go, as restic names it: a folder of the machine, `sftp:USER@HOST:/FOLDER` or `s3:https://ADDRESS/BUCKET`
   * (S3, Spaces and what speaks the same).
   * @example "s3:https://fra1.digitaloceanspaces.com/shop-backups"
   */
  to: string;
  /** Encrypts the repository: whoever has lost it has lost the backups. A secret. */
  password: pulumi.Input<string>;
  /** Who writes to the bucket, where `to` is one. */
  s3?: S3Args;
  /** Who logs in, where `to` is an SFTP server. */
  sftp?: SftpArgs;
  /**
   * Commands that run in a service's container before its volumes are saved, by service, one list item for each argument:
   * they bring what is in memory to the disk, or keep files as they are for a while. One that fails fails the backup of its
   * volumes. A cache with a volume must say its own; `[]` is none. For redis and others see docs/backup.md.
   * @default none
   * @example { redis: ["redis-cli", "-e", "SAVE"] }
   */
  before?: Record<string, string[]>;
  /** Likewise afterwards, whether it was saved or not. @default none */
  after?: Record<string, string[]>;
  /** When, as systemd's `OnCalendar`; each machine up to 15 minutes later. @default "daily" */
  schedule?: string;
  /** @default { daily: 7, weekly: 4, monthly: 6 } */
  keep?: BackupKeep;
}

export interface S3Args {
  accessKeyId: pulumi.Input<string>;
  /** A secret. */
  secretAccessKey: pulumi.Input<string>;
  /** @default what the server says */
  region?: string;
}

export interface SftpArgs {
  /** Without a passphrase; its user needs nothing but SFTP. A secret. */
  privateKey: pulumi.Input<string>;
  /** The server's public host key, pinned. @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…" */
  hostKey: string;
  /** @default 22 */
  port?: number;
}

const isDeferred = (value: unknown) =>
  typeof value === "object" &&
  value !== null &&
  ("__pulumiOutput" in value || value instanceof Promise);
const secret = z.custom<pulumi.Input<string>>(
  (value) => isDeferred(value) || (typeof value === "string" && value !== ""),
  "must be text or an output of text",
);
const count = z.int("must be a whole number").min(0, "must be 0 or more");
const TO =
  "must be an absolute folder, `sftp:USER@HOST:/FOLDER` or `s3:https://ADDRESS/BUCKET`, without a password in it";
const commands = z
  .record(
    z.string(),
    z.array(z.string("must be text"), 'must be a list, e.g. `["redis-cli", "-e", "SAVE"]`'),
    "must be an object of commands",
  )
  .optional();
const ARGS = z.strictObject(
  {
    // No message repeats what may hold a password.
    to: z.string(TO).refine(isTarget, TO),
    password: secret,
    s3: z
      .strictObject(
        {
          accessKeyId: secret,
          secretAccessKey: secret,
          region: z.string("must be a region, e.g. `eu-central-1`").optional(),
        },
        "must be `{ accessKeyId, secretAccessKey }`",
      )
      .optional(),
    sftp: z
      .strictObject(
        {
          privateKey: secret,
          hostKey: z
            .string("must be a public host key: `ssh-ed25519 AAAA…`")
            .regex(HOST_KEY, "must be a public host key: `ssh-ed25519 AAAA…`"),
          port: z
            .int("must be a port")
            .min(1, "must be a port")
            .max(65535, "must be a port")
            .optional(),
        },
        "must be `{ privateKey, hostKey }`",
      )
      .optional(),
    ...{ before: commands, after: commands },
    schedule: z
      .string("must be text")
      .regex(
        /^[\w*:,./~ +-]+$/,
        "must be what systemd's `OnCalendar` takes, e.g. `daily` or `*-*-* 03:00`",
      )
      .optional(),
    keep: z
      .strictObject(
        { daily: count.optional(), weekly: count.optional(), monthly: count.optional() },
        "must be an object, e.g. `{ daily: 7 }`",
      )
      .refine(
        (keep) => Object.values({ ...BACKUP_DEFAULTS.keep, ...keep }).some((each) => each > 0),
        "must keep something: give one of daily, weekly and monthly 1 or more",
      )
      .optional(),
  },
  "must be an object, e.g. `{ to, password }`",
);

/** What backups are of. */
export interface BackupSubject {
  services: readonly Service[];
  hosts: readonly Host[];
  /** Service → its replicas by host. */
  places: ReadonlyMap<string, ReplicaPlacement>;
}

/** @throws pulumi.RunError with all that is wrong. */
export function refuseBackup(args: BackupArgs, subject: BackupSubject): void {
  const problems = backupProblems(args, subject);
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
}

/** All at once, each with its property and what to do. */
export function backupProblems(args: BackupArgs, { services, hosts, places }: BackupSubject) {
  const issues = ARGS.safeParse(args).error?.issues ?? [];
  const wrong = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map(
          (key) => `${pathOf([...issue.path, key])} is not a known property: remove it`,
        )
      : `${pathOf(issue.path)} ${issue.message}`,
  );
  const storing = services.filter(({ volumes }) => volumes.length > 0);
  const local = hosts.filter(
    (host) =>
      host instanceof LocalHost && storing.some(({ name }) => places.get(name)?.has(host.hostName)),
  );
  return [
    ...wrong.map((line) => `${line}.`),
    ...credentialProblems(args),
    ...commandProblems(args, storing),
    ...(storing.length === 0
      ? ["`backup` has nothing to save: no service has a volume. Remove it."]
      : []),
    ...local.map(
      ({ hostName }) =>
        `\`backup\`: host \`${hostName}\` is this computer, on which Longshore installs nothing and has no timers. Use a host ` +
        "that is reached by SSH (`SshHost`), or remove `backup`.",
    ),
  ];
}

function credentialProblems({ to, s3, sftp }: BackupArgs): string[] {
  const kinds = { s3, sftp } as const;
  const hints = { s3: "{ accessKeyId, secretAccessKey }", sftp: "{ privateKey, hostKey }" };
  return (["s3", "sftp"] as const).flatMap((kind) => {
    const isWanted = typeof to === "string" && to.startsWith(`${kind}:`);
    if (isWanted === (kinds[kind] !== undefined)) return [];
    return isWanted
      ? `\`backup.${kind}\` is missing: give \`${hints[kind]}\`.`
      : `\`backup.${kind}\` is of no use with this \`backup.to\`: remove it.`;
  });
}

function commandProblems({ before = {}, after = {} }: BackupArgs, storing: Service[]): string[] {
  const names = storing.map(({ name }) => name);
  const unknown = Object.entries({ before, after }).flatMap(([when, all]) =>
    Object.keys(all)
      .filter((name) => !names.includes(name))
      .map((name) => [when, name] as const),
  );
  const silent = storing.filter(({ name, role }) => role === "cache" && before[name] === undefined);
  return [
    ...unknown.map(
      ([when, name]) =>
        `\`backup.${when}.${name}\`: no service of this name has a volume (${names.join(", ") || "none has"}). Remove it.`,
    ),
    ...silent.map(
      ({ name }) =>
        `\`backup.before.${name}\` is missing: a cache has data in memory that is not in its volume yet. Give the command that ` +
        'writes it, e.g. `["redis-cli", "-e", "SAVE"]`, or `[]` if there is none.',
    ),
  ];
}

/** Nothing that restic, a shell or systemd would read as more than a place. */
function isTarget(to: string): boolean {
  if (/[\s"'\\%$`]/.test(to) || to.split("/").includes("..")) return false;
  return (
    /^\/[^/]/.test(to) ||
    /^sftp:[^:@/-][^:@/]*@[^:@/-][^:@/]*:\/./.test(to) ||
    /^s3:https:\/\/[^@/]+\/[^@]+$/.test(to)
  );
}

function pathOf(path: PropertyKey[]): string {
  return `\`${["backup", ...path].join(".")}\``;
}

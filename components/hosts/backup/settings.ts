/** The files that carry a stack's backups out on a machine. Pure. */
import { shellQuote } from "../../ssh/options.ts";
import type { BackupRequest } from "./types.ts";

/** What a stack is called in the names of units and folders. */
export function backupId({ record }: Pick<BackupRequest, "record">): string {
  return record.replace(/^longshore-/, "");
}

/**
 * Variables of longshore-backup.sh, for bash to read. Secrets among them: for root alone.
 * @throws Error naming what is empty or cannot be in an environment.
 */
export function backupSettings(request: BackupRequest): string {
  const { name, record, identity, volumes, keep, sftp } = request;
  const [, login = ""] = /^sftp:([^:]+):/.exec(request.to) ?? [];
  const words = (list: string[]) => `(${list.map(shellQuote).join(" ")})`;
  const plain = {
    ...{ host: name, record, identity },
    ...(sftp === undefined ? {} : { sftp_login: login, sftp_port: String(sftp.port ?? 22) }),
  };
  return [
    ...Object.entries(plain).map(([key, value]) => `${key}=${shellQuote(value)}`),
    `volumes=${words(volumes.map(({ volume }) => volume))}`,
    `names=${words(volumes.map((each) => each.name))}`,
    ...volumes.map(({ before }, index) => `before_${index}=${words(before)}`),
    ...volumes.map(({ after }, index) => `after_${index}=${words(after)}`),
    `forget=${words(forgetArguments(keep))}`,
    ...Object.entries(environmentOf(request)).map(
      ([key, value]) => `export ${key}=${shellQuote(value)}`,
    ),
    "",
  ].join("\n");
}

/** What restic reads from its environment. */
function environmentOf({ to, password, s3, sftp }: BackupRequest): Record<string, string> {
  const secrets = {
    password,
    ...(s3 && { "s3.accessKeyId": s3.accessKeyId, "s3.secretAccessKey": s3.secretAccessKey }),
    ...(sftp && { "sftp.privateKey": sftp.privateKey }),
  };
  const bad = Object.entries(secrets).flatMap(([key, value]) =>
    value === "" || value.includes("\0") ? [`\`backup.${key}\``] : [],
  );
  if (bad.length > 0) throw new Error(`${bad.join(", ")} must not be empty. Nothing was changed.`);
  return {
    RESTIC_REPOSITORY: to,
    RESTIC_PASSWORD: password,
    ...(s3 && {
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      ...(s3.region === undefined ? {} : { AWS_DEFAULT_REGION: s3.region }),
    }),
  };
}

/** Arguments of `restic forget`. Nothing goes on the day on which it was made. */
export function forgetArguments(keep: BackupRequest["keep"]): string[] {
  const counts = (["daily", "weekly", "monthly"] as const).flatMap((period) =>
    keep[period] === 0 ? [] : [`--keep-${period}`, String(keep[period])],
  );
  return ["--keep-within", "1d", ...counts];
}

/** The line of a known_hosts file that pins the SFTP server; empty without one. */
export function knownHosts({ to, sftp }: Pick<BackupRequest, "to" | "sftp">): string {
  const [, host = ""] = /^sftp:[^@]*@([^:]+):/.exec(to) ?? [];
  if (sftp === undefined) return "";
  const { port = 22, hostKey } = sftp;
  return `${port === 22 ? host : `[${host}]:${port}`} ${hostKey.trim()}\n`;
}

/** The unit that saves once. */
export function backupService(id: string): string {
  return unit({
    Unit: {
      Description: `Longshore's backup of ${id}`,
      Wants: "network-online.target",
      After: "docker.service network-online.target",
    },
    Service: {
      Type: "oneshot",
      ExecStart: `/usr/local/sbin/longshore-backup /etc/longshore-backup/${id} now`,
      Nice: "10",
      IOSchedulingClass: "idle",
    },
  });
}

/** The timer; a machine that was off makes up for what it missed, and not all machines start at once. */
export function backupTimer(id: string, schedule: string): string {
  return unit({
    Unit: { Description: `Times of Longshore's backups of ${id}` },
    Timer: { OnCalendar: schedule, Persistent: "true", RandomizedDelaySec: "15min" },
    Install: { WantedBy: "timers.target" },
  });
}

function unit(sections: Record<string, Record<string, string>>): string {
  return Object.entries(sections)
    .map(([name, lines]) => {
      const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
      return `[${name}]\n${text.join("")}`;
    })
    .join("\n");
}

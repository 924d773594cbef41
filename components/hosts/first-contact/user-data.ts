/** What a cloud's machine is told for its first boot. Whoever runs there can read it: it holds no secret that lasts. */
import { readFileSync } from "node:fs";
import type { OneTimeKey } from "./types.ts";

const script = readFileSync(new URL("./data-volume.sh", import.meta.url), "utf8");

/** Folders that are on the data volume. */
export const DATA_FOLDERS = ["/var/lib/docker", "/var/lib/containerd"];

export interface UserDataArgs {
  /** Who logs in, and becomes root by sudo. */
  user: string;
  /** Public keys, as in `authorized_keys`. */
  authorizedKeys: string[];
  oneTimeKey: OneTimeKey;
  /** The data volume, below /dev/disk/by-id. @default no volume */
  device?: string;
}

/** For cloud-init. JSON, which is YAML. */
export function userData({ user, authorizedKeys, oneTimeKey, device }: UserDataArgs): string {
  const file = "/usr/local/sbin/longshore-data-volume";
  const config = {
    users: [
      {
        ...{ name: user, shell: "/bin/bash", lock_passwd: true },
        ...{ sudo: "ALL=(ALL) NOPASSWD:ALL", ssh_authorized_keys: authorizedKeys },
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ecdsa_private: oneTimeKey.privateKey, ecdsa_public: oneTimeKey.publicKey },
    write_files: [
      {
        path: "/etc/ssh/sshd_config.d/10-longshore.conf",
        content:
          "PasswordAuthentication no\nPermitRootLogin no\nMaxSessions 64\nMaxStartups 64:30:128\n",
      },
      ...(device === undefined ? [] : [{ path: file, permissions: "0755", content: script }]),
    ],
    runcmd: [
      ["systemctl", "try-reload-or-restart", "ssh"],
      ...(device === undefined ? [] : [[file, device]]),
    ],
  };
  return `#cloud-config\n${JSON.stringify(config, null, 1)}\n`;
}

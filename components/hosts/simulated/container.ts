/** A machine in a container, as the engine's options. */
import type Docker from "dockerode";

/** All that exists on all kernels but what few machines let a container have (SYS_RESOURCE among it). */
const CAPABILITIES = [
  ...["AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE"],
  ...["DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"],
  ...["LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE"],
  ...["NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG"],
  ...["SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE"],
  ...["SYS_RAWIO", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"],
];

/**
 * Options of a container that boots systemd and runs containers of its own. It may nearly all that root on the engine's
 * machine may: what it runs is to be trusted as that.
 * @param disk volume for its engine's data.
 */
export function machineOptions(
  disk: string,
): Pick<Docker.ContainerCreateOptions, "Env"> & { HostConfig: Docker.HostConfig } {
  return {
    Env: ["container=docker"],
    HostConfig: {
      CapAdd: CAPABILITIES,
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
      // The whole of /proc, as `systempaths=unconfined` of the command line.
      ...{ MaskedPaths: [], ReadonlyPaths: [] },
      DeviceCgroupRules: ["a *:* rwm"],
      CgroupnsMode: "host",
      Binds: ["/sys/fs/cgroup:/sys/fs/cgroup:rw", `${disk}:/var/lib/docker`],
      Tmpfs: { "/run": "", "/run/lock": "" },
    } as Docker.HostConfig,
  };
}

/** Prepares a machine that has booted: whoever has the key may log in as `deploy`. Safe to repeat. */
export const LET_IN =
  "until systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.2; done; " +
  "install -d -m 700 -o deploy -g deploy ~deploy/.ssh && " +
  "install -m 600 -o deploy -g deploy /dev/stdin ~deploy/.ssh/authorized_keys";

/** Prints a machine's public host key. */
export const HOST_KEY = "cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub";

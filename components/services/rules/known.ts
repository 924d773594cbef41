/** Words that Docker and Linux know. */

/** Capabilities of Linux 6, without `CAP_`. */
export const CAPABILITIES = [
  "AUDIT_CONTROL",
  "AUDIT_READ",
  "AUDIT_WRITE",
  "BLOCK_SUSPEND",
  "BPF",
  "CHECKPOINT_RESTORE",
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "IPC_LOCK",
  "IPC_OWNER",
  "KILL",
  "LEASE",
  "LINUX_IMMUTABLE",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "MKNOD",
  "NET_ADMIN",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_RAW",
  "PERFMON",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYSLOG",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_CHROOT",
  "SYS_MODULE",
  "SYS_NICE",
  "SYS_PACCT",
  "SYS_PTRACE",
  "SYS_RAWIO",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "WAKE_ALARM",
];

/** Limits of `setrlimit(2)`, as Docker calls them. */
export const ULIMITS = [
  ...[
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
  ],
  ...["rss", "rtprio", "rttime", "sigpending", "stack"],
];

/** Signals of Linux that programs take as a wish to end. */
export const STOP_SIGNALS = [
  "SIGABRT",
  "SIGALRM",
  "SIGHUP",
  "SIGINT",
  "SIGPWR",
  "SIGQUIT",
  "SIGRTMIN+3",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
];

/** Logging drivers that come with Docker on Linux. */
export const LOG_DRIVERS = [
  "awslogs",
  "fluentd",
  "gcplogs",
  "gelf",
  "journald",
  "json-file",
  "local",
  "none",
  "splunk",
  "syslog",
];

const COMMON_LOG_OPTIONS = ["max-buffer-size", "mode"];
const LABELS = ["env", "env-regex", "labels", "labels-regex", "tag"];

/** Options of the drivers that write to the machine's disk; those of others are left to Docker. */
export const LOG_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  journald: [...LABELS, ...COMMON_LOG_OPTIONS],
  "json-file": ["compress", "max-file", "max-size", ...LABELS, ...COMMON_LOG_OPTIONS],
  local: ["compress", "max-file", "max-size", ...COMMON_LOG_OPTIONS],
  none: [],
};

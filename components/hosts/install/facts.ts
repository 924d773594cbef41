/** What facts.sh has printed. */
import type { StorageFacts } from "./storage.ts";

export interface MachineFacts {
  /** `debian`, `ubuntu`, … */
  os: string;
  /** For people: `Debian GNU/Linux 13 (trixie)`. */
  system: string;
  /** `x86_64`, `aarch64`, … */
  architecture: string;
  /** Seconds since the epoch by its clock. */
  clock: number;
  hasSystemd: boolean;
  hasApt: boolean;
  /** Docker's packages that are installed: name → version. */
  packages: Record<string, string>;
  /** What the wanted version is, beside the installed package's (or the same); undefined: none is wanted, or there. */
  wanted: "older" | "newer" | undefined;
  /** Whether there is an engine, of whatever origin. */
  hasEngine: boolean;
  /** Version of the engine that answers; undefined: none. */
  engine: string | undefined;
  /** Containers that run. */
  containers: number;
  /** Whether containers go on while the engine restarts. */
  liveRestore: boolean;
  /** Its daemon.json as it is; undefined: none. */
  daemon: string | undefined;
  /** Groups of who logs in. */
  groups: string[];
  /** Most open files that a process can have there; undefined: as many as it is given. */
  mostFiles: number | undefined;
  /** What its engine's data would be on, but for the engine. */
  storage: Omit<StorageFacts, "engine">;
  /** Whether a switch of its storage driver was begun and not ended. */
  switchCutOff?: boolean;
  /** Free disk for images and containers, in KiB; undefined: not known. */
  free: number | undefined;
}

export function parseFacts(text: string): MachineFacts {
  const all = text.split("\n").flatMap((line) => {
    const [, name = "", value = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    return name === "" ? [] : [[name, value] as const];
  });
  const fact = (name: string) => all.find(([each]) => each === name)?.[1];
  const packages = all
    .filter(([name]) => name === "package")
    .map(([, value]) => value.split(" ") as [string, string]);
  const daemon = fact("daemon");
  return {
    os: fact("os") ?? "unknown",
    system: fact("system") ?? "unknown",
    architecture: fact("architecture") ?? "unknown",
    clock: Number(fact("clock")),
    hasSystemd: fact("systemd") === "yes",
    hasApt: fact("apt") === "yes",
    packages: Object.fromEntries(packages),
    wanted: fact("wanted") as MachineFacts["wanted"],
    hasEngine: fact("dockerd") === "yes" || (fact("engine") ?? "") !== "",
    engine: fact("engine") || undefined,
    containers: Number(fact("containers") ?? 0),
    liveRestore: fact("live-restore") === "true",
    daemon: daemon === undefined ? undefined : Buffer.from(daemon, "base64").toString(),
    groups: (fact("groups") ?? "").split(" ").filter(Boolean),
    mostFiles: fact("files") ? Number(fact("files")) : undefined,
    storage: {
      kernel: fact("kernel") ?? "",
      disk: fact("disk") ?? "unknown",
      ftype: fact("ftype") === undefined ? undefined : fact("ftype") === "1",
      knows: (fact("knows") ?? "").split(" ").filter(Boolean),
      programs: (fact("programs") ?? "").split(" ").filter(Boolean),
      current: fact("driver") || undefined,
      holds: Number(fact("holds") ?? 0),
    },
    ...(fact("switch") === "begun" ? { switchCutOff: true } : {}),
    free: fact("free") ? Number(fact("free")) : undefined,
  };
}

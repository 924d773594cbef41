/** What has to be done on a machine for Docker to be there as wanted. Pure. */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../services/values/maps.ts";
import type { MachineFacts } from "./facts.ts";
import { PACKAGES, originRefusals } from "./repository.ts";
import { chooseStorage } from "./storage.ts";
import type { StorageSwitch } from "./switch-pairs.ts";
import type { DockerArgs, Setting } from "./types.ts";
import { upgradeRefusals } from "./upgrade.ts";

type Settings = Record<string, Setting>;

/** What install.sh is told; an empty text is nothing to do. */
export interface InstallPlan {
  VERSION: string;
  /** Names, the engine's own first; those of them that there are get installed. */
  PACKAGES: string;
  /** Of an upgrade: the version that is there. */
  BEFORE: string;
  SETTINGS: string;
  APPLY: "" | "reload" | "restart";
  LIVE_RESTORE: "" | "1";
  GROUP_USER: string;
}

export type Decision =
  { plan: InstallPlan; notes: string[]; switch?: StorageSwitch } | { refusals: string[] };

/** Of a container, unless its service says otherwise. */
const OPEN_FILES = 65536;

/**
 * Of an engine that is installed here; one that is there already keeps its own settings. Containers go on while it
 * restarts, logs rotate (5 files of 20 MB), no process stands before each published port, and containers may have as
 * many open files as they had before Docker 29.
 */
export const engineDefaults = ({ mostFiles = OPEN_FILES }: Pick<MachineFacts, "mostFiles">) => {
  const files = Math.min(OPEN_FILES, mostFiles);
  return {
    "live-restore": true,
    "userland-proxy": false,
    "log-driver": "local",
    "log-opts": { "max-size": "20m", "max-file": "5" },
    "default-ulimits": { nofile: { Name: "nofile", Soft: files, Hard: files } },
  } satisfies Settings;
};

/** Settings that a running engine takes over: https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file */
const RELOADABLE = new Set([
  ...["debug", "labels", "live-restore", "max-concurrent-downloads", "max-concurrent-uploads"],
  ...["max-download-attempts", "default-runtime", "runtimes", "authorization-plugins"],
  ...["allow-nondistributable-artifacts", "insecure-registries", "registry-mirrors"],
  ...["shutdown-timeout", "features"],
]);

const DISTRIBUTIONS = ["debian", "ubuntu"];
/** MiB that an installation and a first image need. */
const LEAST_DISK = 1024;
/** Seconds by which a machine's clock may be wrong: signatures and certificates begin and end by it. */
const MOST_DRIFT = 300;

/**
 * @param now seconds since the epoch, by the clock of who deploys.
 * @param user who logs in.
 */
export function decide(facts: MachineFacts, args: DockerArgs, user: string, now: number): Decision {
  const refusals = refusalsOf(facts, args, now);
  const existing = readSettings(facts.daemon);
  if (existing === undefined) {
    refusals.push("its /etc/docker/daemon.json is no JSON object. Correct or remove it there");
  }
  const storage = chooseStorage(
    args.storage ?? "auto",
    { ...facts.storage, engine: facts.engine ?? args.version },
    args.switchStorage,
  );
  if ("refusal" in storage) refusals.push(storage.refusal);
  const { driver, note } = "refusal" in storage ? { driver: undefined, note: undefined } : storage;
  if (driver !== undefined && conflicts(driver, args, existing)) {
    refusals.push(
      `\`storage\` is ${driver}, and the settings say another \`storage-driver\`. Remove one of them`,
    );
  }
  if (refusals.length > 0) return { refusals };
  const base: Settings = { ...(facts.hasEngine ? {} : engineDefaults(facts)), ...existing };
  const chosen: Settings = driver === undefined ? {} : { "storage-driver": driver };
  const settings = { ...base, ...chosen, ...args.settings };
  const switching = "switch" in storage ? { switch: storage.switch } : {};
  const changed = Object.keys(settings).filter(
    (name) => !isDeepStrictEqual(settings[name], existing?.[name]),
  );
  const needsRestart = facts.hasEngine && changed.some((name) => !RELOADABLE.has(name));
  const keepsContainers = settings["live-restore"] === true;
  if (needsRestart && facts.containers > 0 && !keepsContainers && !("switch" in switching)) {
    const names = changed.filter((name) => !RELOADABLE.has(name)).map((name) => `\`${name}\``);
    return {
      refusals: [
        `the engine must restart for ${names.join(", ")}, which would stop its ${facts.containers} containers. ` +
          'Set `"live-restore": true` beside it: they then go on; or stop them first',
      ],
    };
  }
  return {
    ...switching,
    notes: note === undefined ? [] : [note],
    plan: {
      VERSION: facts.hasEngine ? "" : (args.version ?? "any"),
      PACKAGES: facts.hasEngine ? "" : PACKAGES[args.from ?? "distribution"].join(" "),
      BEFORE: "",
      // A switch is told all of them, also where the file says the driver that the engine does not have yet.
      SETTINGS:
        changed.length === 0 && !("switch" in switching)
          ? ""
          : `${JSON.stringify(settings, null, 2)}\n`,
      APPLY: changed.length === 0 || !facts.hasEngine ? "" : needsRestart ? "restart" : "reload",
      LIVE_RESTORE: needsRestart && keepsContainers && !facts.liveRestore ? "1" : "",
      GROUP_USER: user === "root" || facts.groups.includes("docker") ? "" : user,
    },
  };
}

/** Whether somebody has said another driver: in the arguments, or for a chosen one in the file that is there. */
function conflicts(
  driver: string,
  { storage, settings }: DockerArgs,
  existing: Settings = {},
): boolean {
  const said =
    settings?.["storage-driver"] ??
    (storage === undefined ? existing["storage-driver"] : undefined);
  return said !== undefined && said !== driver;
}

/** Whether there is anything to do. */
export function isNothing(plan: InstallPlan): boolean {
  return Object.values(plan).every((value) => value === "");
}

function refusalsOf(facts: MachineFacts, args: DockerArgs, now: number): string[] {
  const refusals = [...originRefusals(facts, args), ...upgradeRefusals(facts, args)];
  const { os, system, hasApt, hasSystemd, hasEngine, free, clock } = facts;
  if (!hasEngine && (!DISTRIBUTIONS.includes(os) || !hasApt)) {
    refusals.push(
      `it runs ${system}: Docker is installed on Debian and Ubuntu. Install it there by hand, and leave \`docker\` out`,
    );
  }
  if (!hasSystemd) refusals.push("it has no systemd, which starts the engine");
  if (!hasEngine && free !== undefined && free < LEAST_DISK * 1024) {
    refusals.push(
      `/var/lib has ${Math.floor(free / 1024)} MiB free, and Docker needs ${LEAST_DISK} MiB`,
    );
  }
  const drift = Math.round(Math.abs(clock - now));
  if (drift > MOST_DRIFT) {
    refusals.push(
      `its clock is wrong by ${drift} s, so that signatures and certificates do not count. Set it (\`timedatectl set-ntp true\`)`,
    );
  }
  return refusals;
}

/** Undefined if it is not what dockerd takes. */
function readSettings(text: string | undefined): Settings | undefined {
  if (text === undefined || text.trim() === "") return {};
  try {
    const value = JSON.parse(text) as unknown;
    return isRecord(value) ? (value as Settings) : undefined;
  } catch {
    return undefined;
  }
}

// What to do on this machine, decided from facts alone: which engine, how the registry and the
// builder run, and whether base images have to be made here. Nothing is touched before a plan exists.

export interface EngineFacts {
  host: string;
  /** Who names that address, e.g. `DOCKER_HOST`. */
  source: string;
  /** Whether the user chose it, so that another engine is no substitute. */
  explicit: boolean;
  answer:
    | { state: "answers"; version: string; podman: boolean }
    /** `code` is the system's name for what went wrong, e.g. ECONNREFUSED. */
    | { state: "silent"; code: string };
}

export interface Facts {
  platform: NodeJS.Platform;
  arch: string;
  /** `ID` and `ID_LIKE` of /etc/os-release. */
  distributions: readonly string[];
  privileges: "root" | "sudo" | "none";
  engine: EngineFacts;
  /** The engine that an earlier `up` started here still has its data. */
  ownEngine: boolean;
  hubReachable: boolean;
  hubUrl: string;
}

export interface Plan {
  engine: "found" | "started";
  registry: "process" | "container";
  builder: "buildkitd" | "docker-container";
  /** Whether base images are made here, because the hub cannot be reached. */
  seedBases: boolean;
}

export type Decision = { plan: Plan } | { refusal: string };

export function decide(facts: Facts): Decision {
  const debian =
    facts.platform === "linux" &&
    facts.distributions.some((id) => id === "debian" || id === "ubuntu");
  const canInstall = debian && facts.privileges !== "none";
  const { engine } = facts;
  const start = facts.ownEngine || engine.answer.state === "silent";

  if (!facts.ownEngine && engine.answer.state === "answers" && engine.answer.podman) {
    return {
      refusal:
        `${engine.host} (${engine.source}) is Podman, which Longshore has not been tested with and so refuses: its networks and ` +
        "health checks differ from Docker's. Install Docker, or point DOCKER_HOST at a Docker engine.",
    };
  }
  if (start && !facts.ownEngine) {
    const refusal = refuseToStart(engine, facts, debian, canInstall);
    if (refusal) return { refusal };
  }
  if (!facts.hubReachable && !canInstall) {
    return {
      refusal:
        `Docker Hub (${facts.hubUrl}) cannot be reached. Base images can then be made here, but only on Debian or Ubuntu as root or ` +
        "with passwordless sudo. Run the command there, or make the hub reachable (a proxy or firewall may be in between).",
    };
  }
  return {
    plan: {
      engine: start ? "started" : "found",
      // A process of ours needs no image; without root a container does the same on any engine.
      registry: canInstall ? "process" : "container",
      builder: facts.hubReachable ? "docker-container" : "buildkitd",
      seedBases: !facts.hubReachable,
    },
  };
}

function refuseToStart(
  engine: EngineFacts,
  facts: Facts,
  debian: boolean,
  canInstall: boolean,
): string | undefined {
  const code = engine.answer.state === "silent" ? engine.answer.code : "";
  if (code === "EACCES" || code === "EPERM") {
    return (
      `The Docker engine at ${engine.host} may not be used by this user (${code}). ` +
      "Run `sudo usermod -aG docker $USER` and log in again (being in that group is being root), or run the command as root."
    );
  }
  if (engine.explicit) {
    return (
      `No Docker engine answers at ${engine.host}, named by ${engine.source} (${code}). ` +
      `Start that engine, or remove the setting to have another one used.`
    );
  }
  if (canInstall) return undefined;
  if (debian) {
    return (
      `No Docker engine answers at ${engine.host} (${code}), and starting one needs root. Run the command as root, allow ` +
      "passwordless sudo, or install Docker: `sudo apt-get install docker.io`."
    );
  }
  const how =
    facts.platform === "darwin"
      ? "install and start Docker Desktop (https://docs.docker.com/desktop/setup/install/mac-install/) or Colima (`brew install colima docker && colima start`)"
      : "install Docker (https://docs.docker.com/engine/install/) and start it (`sudo systemctl start docker`)";
  return (
    `No Docker engine answers at ${engine.host} (${code}). Longshore starts one by itself on Debian and Ubuntu only; here, ${how}, ` +
    "then run the command again."
  );
}

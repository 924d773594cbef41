import { describe, expect, test } from "vitest";
import { needs, programsFor } from "../../../workbench/bring-up.ts";
import { decide, type EngineFacts, type Facts } from "../../../workbench/plan/plan.ts";

const HOST = "unix:///var/run/docker.sock";
const answers: EngineFacts["answer"] = { state: "answers", version: "29.1.0", podman: false };
const silent = (code: string): EngineFacts["answer"] => ({ state: "silent", code });

function facts(changes: Partial<Facts> = {}, engine: Partial<EngineFacts> = {}): Facts {
  return {
    platform: "linux",
    arch: "x64",
    distributions: ["debian"],
    privileges: "root",
    ownEngine: false,
    hubReachable: true,
    hubUrl: "https://registry-1.docker.io",
    engine: {
      host: HOST,
      source: "the default socket",
      explicit: false,
      answer: silent("ENOENT"),
      ...engine,
    },
    ...changes,
  };
}

function refusalOf(given: Facts): string {
  const decision = decide(given);
  if (!("refusal" in decision)) throw new Error(`not refused: ${JSON.stringify(decision)}`);
  return decision.refusal;
}

describe("what is done on which machine", () => {
  test.each([
    [
      "nothing there, hub out of reach: everything is started and bases are made",
      facts({ hubReachable: false }),
      { engine: "started", registry: "process", builder: "buildkitd", seedBases: true },
    ],
    [
      "nothing there, hub in reach",
      facts(),
      { engine: "started", registry: "process", builder: "docker-container", seedBases: false },
    ],
    [
      "an engine answers: it is used",
      facts({}, { answer: answers }),
      { engine: "found", registry: "process", builder: "docker-container", seedBases: false },
    ],
    [
      "an engine answers, hub out of reach: only the engine is used",
      facts({ hubReachable: false }, { answer: answers }),
      { engine: "found", registry: "process", builder: "buildkitd", seedBases: true },
    ],
    [
      "an engine answers a user without root: the registry is a container",
      facts({ privileges: "none" }, { answer: answers }),
      { engine: "found", registry: "container", builder: "docker-container", seedBases: false },
    ],
    [
      "macOS",
      facts({ platform: "darwin", distributions: [], privileges: "none" }, { answer: answers }),
      { engine: "found", registry: "container", builder: "docker-container", seedBases: false },
    ],
    [
      "macOS with passwordless sudo: root does not help there",
      facts({ platform: "darwin", distributions: [], privileges: "sudo" }, { answer: answers }),
      { engine: "found", registry: "container", builder: "docker-container", seedBases: false },
    ],
    [
      "Ubuntu with passwordless sudo",
      facts({ distributions: ["ubuntu", "debian"], privileges: "sudo" }),
      { engine: "started", registry: "process", builder: "docker-container", seedBases: false },
    ],
    [
      "an engine of ours has containers: it goes on, even if another one answers by now",
      facts({ ownEngine: true }, { answer: answers }),
      { engine: "started", registry: "process", builder: "docker-container", seedBases: false },
    ],
  ])("%s", (_name, given, plan) => {
    expect(decide(given)).toEqual({ plan });
  });
});

describe("what is refused, and what to do then", () => {
  test("Podman", () => {
    const given = facts({}, { answer: { state: "answers", version: "5.4.0", podman: true } });
    expect(refusalOf(given)).toBe(
      `${HOST} (the default socket) is Podman, which Longshore has not been tested with and so refuses: its networks and ` +
        "health checks differ from Docker's. Install Docker, or point DOCKER_HOST at a Docker engine.",
    );
  });

  test("an engine that the user named but that does not answer is not replaced", () => {
    const host = "unix:///tmp/other.sock";
    const engine = { host, source: "DOCKER_HOST", explicit: true, answer: silent("ECONNREFUSED") };
    expect(refusalOf(facts({}, engine))).toBe(
      `No Docker engine answers at ${host}, named by DOCKER_HOST (ECONNREFUSED). ` +
        "Start that engine, or remove the setting to have another one used.",
    );
  });

  test("an engine this user may not use", () => {
    expect(refusalOf(facts({ privileges: "sudo" }, { answer: silent("EACCES") }))).toContain(
      "Run `sudo usermod -aG docker $USER` and log in again",
    );
  });

  test("no engine and no root on Debian", () => {
    expect(refusalOf(facts({ privileges: "none" }))).toBe(
      `No Docker engine answers at ${HOST} (ENOENT), and starting one needs root. Run the command as root, allow ` +
        "passwordless sudo, or install Docker: `sudo apt-get install docker.io`.",
    );
  });

  test.each([
    ["darwin", "install and start Docker Desktop"],
    ["linux", "install Docker (https://docs.docker.com/engine/install/)"],
  ] as const)("no engine on another system: %s", (platform, how) => {
    const refusal = refusalOf(facts({ platform, distributions: ["fedora"] }));
    expect(refusal).toContain("Longshore starts one by itself on Debian and Ubuntu only");
    expect(refusal).toContain(how);
  });

  test("the hub out of reach where bases cannot be made", () => {
    const given = facts({ hubReachable: false, privileges: "none" }, { answer: answers });
    expect(refusalOf(given)).toContain(
      "Docker Hub (https://registry-1.docker.io) cannot be reached. Base images can then be made here, but only on Debian or Ubuntu as root",
    );
  });
});

describe("what a plan needs", () => {
  const own = {
    engine: "started",
    registry: "process",
    builder: "buildkitd",
    seedBases: true,
  } as const;
  const found = {
    engine: "found",
    registry: "container",
    builder: "docker-container",
    seedBases: false,
  } as const;

  test("programs", () => {
    expect(programsFor(own)).toEqual([
      "dockerd",
      "containerd",
      "runc",
      "iptables",
      "ip",
      "docker-registry",
      "haproxy",
      "mmdebstrap",
    ]);
    expect(programsFor(found)).toEqual([]);
  });

  test("room", () => {
    const paths = { state: "/s", cache: "/c" };
    expect(needs(paths, own)).toEqual([
      { folder: "/s", purpose: "engine and registry", gigabytes: 3 },
      { folder: "/c", purpose: "build cache", gigabytes: 3 },
    ]);
    expect(needs(paths, found)).toEqual([]);
  });
});

/** What is done on a machine for Docker to be there as wanted, from what it has. */
import { describe, expect, it } from "vitest";
import {
  engineDefaults,
  type InstallPlan,
  decide,
  isNothing,
} from "../../../components/hosts/install/decide.ts";
import { type MachineFacts, parseFacts } from "../../../components/hosts/install/facts.ts";
import type { DockerArgs } from "../../../components/hosts/install/types.ts";
import { BARE, HAS, NOW } from "./facts.ts";

const OURS = { ...engineDefaults({ mostFiles: undefined }), "storage-driver": "overlay2" };
const plan = (facts: MachineFacts, args: DockerArgs = {}, user = "deploy"): InstallPlan => {
  const decision = decide(facts, args, user, NOW);
  if ("refusals" in decision) expect.fail(decision.refusals.join());
  return decision.plan;
};
const refusals = (facts: MachineFacts, args: DockerArgs = {}) => {
  const decision = decide(facts, args, "deploy", NOW);
  return "refusals" in decision ? decision.refusals : [];
};
const settings = (made: InstallPlan) => JSON.parse(made.SETTINGS) as unknown;

describe("a machine without Docker", () => {
  it("gets the distribution's, with our settings, and its user may use it", () => {
    const made = plan(BARE);
    expect(made).toMatchObject({
      VERSION: "any",
      APPLY: "",
      LIVE_RESTORE: "",
      GROUP_USER: "deploy",
    });
    expect(settings(made)).toEqual(OURS);
    const nofile = (mostFiles?: number) => engineDefaults({ mostFiles })["default-ulimits"].nofile;
    expect(nofile()).toEqual({ Name: "nofile", Soft: 65536, Hard: 65536 });
    expect(nofile(32768)).toEqual({ Name: "nofile", Soft: 32768, Hard: 32768 });
    expect(nofile(1_000_000).Hard).toBe(65536);
  });

  it("gets the wanted version, and settings that win over ours and over a file that is there", () => {
    const facts = { ...BARE, daemon: '{"log-driver":"journald","bip":"10.1.0.1/24"}' };
    const made = plan(facts, { version: "26.1.5", settings: { bip: "10.2.0.1/24" } }, "root");
    expect(made).toMatchObject({ VERSION: "26.1.5", GROUP_USER: "" });
    expect(settings(made)).toEqual({
      ...OURS,
      ...{ "log-driver": "journald", bip: "10.2.0.1/24" },
    });
  });
});

describe("a machine that has Docker", () => {
  it("is left as it is, whatever its settings and its origin", () => {
    expect(isNothing(plan(HAS))).toBe(true);
    const own = { ...HAS, packages: { "docker-ce": "5:29.1.0" } };
    expect(isNothing(plan(own))).toBe(true);
    expect(isNothing(plan(own, { from: "docker", version: "5:29.1.0" }))).toBe(true);
    expect(isNothing(plan(HAS, { settings: { debug: true }, version: "26.1.5" }))).toBe(true);
  });

  it("takes settings over by a reload where that does, and keeps its own", () => {
    const made = plan(HAS, { settings: { "live-restore": true, debug: false } });
    expect(made).toMatchObject({ VERSION: "", APPLY: "reload", LIVE_RESTORE: "", GROUP_USER: "" });
    expect(settings(made)).toEqual({ debug: false, "live-restore": true });
  });

  it("restarts for other settings, with its containers, and is told of that first", () => {
    const wanted = { "live-restore": true, "userland-proxy": false };
    expect(plan(HAS, { settings: wanted })).toMatchObject({ APPLY: "restart", LIVE_RESTORE: "1" });
    const already = { ...HAS, liveRestore: true, daemon: '{"live-restore":true}' };
    expect(plan(already, { settings: { "userland-proxy": false } })).toMatchObject({
      ...{ APPLY: "restart", LIVE_RESTORE: "" },
    });
    expect(
      plan({ ...HAS, containers: 0 }, { settings: { "userland-proxy": false } }),
    ).toMatchObject({ APPLY: "restart", LIVE_RESTORE: "" });
  });
});

describe("a machine is refused", () => {
  const other = { os: "fedora", system: "Fedora Linux 44" };
  it.each<[string, MachineFacts, DockerArgs, RegExp]>([
    [
      "of another distribution",
      { ...BARE, ...other },
      {},
      /^it runs Fedora Linux 44: Docker is installed on Debian and Ubuntu\./,
    ],
    ["without systemd", { ...BARE, hasSystemd: false }, {}, /^it has no systemd/],
    [
      "with a full disk",
      { ...BARE, free: 500_000 },
      {},
      /^\/var\/lib has 488 MiB free, and Docker needs 1024 MiB$/,
    ],
    ["with a wrong clock", { ...BARE, clock: NOW - 4000 }, {}, /^its clock is wrong by 4000 s/],
    [
      "whose settings are no JSON",
      { ...HAS, daemon: "{debug" },
      {},
      /daemon\.json is no JSON object/,
    ],
    ["whose settings are a list", { ...HAS, daemon: "[]" }, {}, /daemon\.json is no JSON object/],
    [
      "with another origin",
      { ...HAS, packages: {} },
      { version: "27.0.0" },
      /^it has Docker 26\.1\.5 that is neither docker\.io nor docker-ce/,
    ],
    [
      "whose containers would stop",
      HAS,
      { settings: { bip: "10.1.0.1/24" } },
      /^the engine must restart for `bip`, which would stop its 3 containers\. Set `"live-restore": true`/,
    ],
  ])("%s", (_, facts, args, refusal) => {
    const found = refusals(facts, args);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(refusal);
  });

  it("for all that is wrong at once, and not for what an engine that is there needs no more", () => {
    expect(refusals({ ...BARE, ...other, hasSystemd: false, daemon: "x", clock: 0 })).toHaveLength(
      4,
    );
    expect(refusals({ ...HAS, ...other, free: 100 })).toEqual([]);
  });
});

describe("what the machine prints", () => {
  it("is read, with what is not there", () => {
    const text = [
      ...["os ubuntu", "system Ubuntu 26.04 LTS", "architecture aarch64", `clock ${NOW}`],
      ...["systemd yes", "apt yes", "package docker.io 29.1.3-0ubuntu1", "dockerd yes"],
      ...["engine 29.1.3", "containers 2", "live-restore true"],
      `daemon ${Buffer.from('{"debug":true}').toString("base64")}`,
      ...[
        "groups deploy docker",
        "files 32768",
        "free 123456",
        "kernel 6.8.0-31",
        "disk xfs",
        "ftype 1",
      ],
      ...["knows  overlay fuse", "programs ", "driver overlayfs", "holds 9", ""],
    ].join("\n");
    expect(parseFacts(text)).toEqual({
      ...{ os: "ubuntu", system: "Ubuntu 26.04 LTS", architecture: "aarch64", clock: NOW },
      ...{ hasSystemd: true, hasApt: true, packages: { "docker.io": "29.1.3-0ubuntu1" } },
      wanted: undefined,
      ...{ hasEngine: true, engine: "29.1.3", containers: 2, liveRestore: true },
      ...{ daemon: '{"debug":true}', groups: ["deploy", "docker"], free: 123456 },
      mostFiles: 32768,
      storage: {
        ...{ kernel: "6.8.0-31", disk: "xfs", ftype: true, knows: ["overlay", "fuse"] },
        ...{ programs: [], current: "overlayfs", holds: 9 },
      },
    });
    expect(parseFacts("engine \nfree \n")).toMatchObject({
      ...{ os: "unknown", hasSystemd: false, hasEngine: false, engine: undefined, containers: 0 },
      ...{ daemon: undefined, groups: [], free: undefined },
      mostFiles: undefined,
      storage: { disk: "unknown", ftype: undefined, knows: [], current: undefined, holds: 0 },
    });
  });
});

describe("the storage driver", () => {
  it("is in the settings where it is chosen, and what cannot be is refused with the rest", () => {
    const btrfs = { ...BARE.storage, disk: "btrfs", knows: ["overlay", "btrfs"] };
    expect(settings(plan({ ...BARE, storage: btrfs }))).toMatchObject({
      "storage-driver": "btrfs",
    });
    expect(settings(plan(BARE, { storage: "vfs" }))).toMatchObject({ "storage-driver": "vfs" });
    expect(decide(BARE, { storage: "vfs" }, "deploy", NOW)).toMatchObject({
      notes: ["vfs copies every layer whole: for tests, not for services"],
    });
    expect(decide(BARE, {}, "deploy", NOW)).toMatchObject({ notes: [] });
    const refused = refusals({ ...BARE, os: "fedora", storage: btrfs }, { storage: "overlay2" });
    expect(refused).toHaveLength(2);
    expect(refused[1]).toContain("overlay2 does not work on btrfs");
  });

  it("is not chosen against what the settings say", () => {
    const said = { "storage-driver": "vfs" };
    expect(refusals(BARE, { settings: said, storage: "overlay2" })).toEqual([
      "`storage` is overlay2, and the settings say another `storage-driver`. Remove one of them",
    ]);
    expect(refusals({ ...BARE, daemon: JSON.stringify(said) })).toHaveLength(1);
    expect(settings(plan(BARE, { settings: said, storage: "vfs" }))).toMatchObject(said);
  });

  it("of an empty engine is changed with a restart, and of one with images it is not", () => {
    const empty = { ...HAS, containers: 0, storage: { ...HAS.storage, holds: 0 } };
    expect(plan(empty, { storage: "vfs" })).toMatchObject({ APPLY: "restart" });
    expect(refusals(HAS, { storage: "vfs" })[0]).toContain("has the storage driver `overlay2`");
  });

  it("of an engine with images and containers is switched by consent", () => {
    const decision = decide(HAS, { storage: "vfs", switchStorage: true }, "deploy", NOW);
    expect(decision).toMatchObject({ switch: { from: "overlay2", to: "vfs" } });
    expect(settings(plan(HAS, { storage: "vfs", switchStorage: true }))).toEqual({
      ...{ debug: true, "storage-driver": "vfs" },
    });
    // All settings are told where the file says the driver already, and the engine has not taken it yet.
    const said = { ...HAS, daemon: '{ "debug": true, "storage-driver": "vfs" }' };
    expect(settings(plan(said, { storage: "vfs", switchStorage: true }))).toEqual({
      ...{ debug: true, "storage-driver": "vfs" },
    });
    expect(decide(HAS, { switchStorage: true }, "deploy", NOW)).not.toHaveProperty("switch");
  });

  it("was being switched when the connection or the machine went", () => {
    expect(parseFacts("switch begun\n").switchCutOff).toBe(true);
    expect(parseFacts("").switchCutOff).toBeUndefined();
  });
});

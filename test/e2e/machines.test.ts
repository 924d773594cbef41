/** A fleet on two machines that are reached by SSH, from nothing but their systems: each a real one, in a container. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { longshore } from "../support/command-line.ts";
import { LINKS, MachineFleet, PLACES, get } from "./machines/fleet.ts";

const NAMES = ["web-1", "web-2"];

let fleet: MachineFleet;

beforeAll(async () => {
  fleet = await MachineFleet.create("machines", NAMES);
});
afterAll(() => fleet?.destroy());

it("comes up, releases without a lost request, and is looked at, over few logins", async () => {
  const { bench, stack, targets } = fleet;
  // Before there is an engine: what will be is shown all the same.
  const first = await stack.preview();
  expect(first.all).toMatch(/web-1-docker create[\s\S]*web-1-app-1 create/);
  const { all } = await stack.up();
  expect(all).toMatch(/web-2: Docker \S+ runs/);
  expect(all).toContain("app v1: healthy");
  for (const [index, { host }] of targets.entries()) {
    expect(new Set(await fleet.answers(NAMES[index] ?? ""))).toEqual(new Set(["v1"]));
    // A route to a service that this machine does not have.
    expect(await get(host, "/counter")).toBe("404");
  }
  const before = await Promise.all(NAMES.map((name) => bench.logins(name)));

  await fleet.want("v2");
  const preview = await stack.preview();
  expect(preview.all).toContain("app v1 → v2, no downtime");
  const { failed, counts } = await fleet.underLoad(() => stack.up());
  expect(failed).toEqual([]);
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(await fleet.served()).toEqual(["v2", "v2"]);
  for (const { host } of targets) {
    const versions = await Promise.all(LINKS.map((link) => get(host, `/via?link=${link}`)));
    expect(versions).toEqual(["v2", "v2", "v1", "v2"]);
  }
  const logins = await Promise.all(NAMES.map((name) => bench.logins(name)));
  for (const [index, count] of logins.entries()) {
    expect(count - (before[index] ?? 0)).toBeLessThanOrEqual(3);
  }
  const again = await stack.up();
  expect(again.all).toMatch(/\d+ unchanged/);
  expect(again.all).not.toMatch(/updated|created|replaced/);
});

it("opens other hosts' way in on the private address alone", async () => {
  const { bench, privateAddresses } = fleet;
  const listening = await bench.run("web-1", "ss -Hltn 'sport >= 61000'");
  expect(listening.match(/\S+:6108[01]/g)?.sort()).toEqual(
    [61080, 61081].map((port) => `${privateAddresses[0]}:${port}`),
  );
});

it("moves a service to another machine without a lost request", async () => {
  const { stack } = fleet;
  await fleet.want("v2", (system) => (system.places = { ...PLACES, counter: "web-2" }));
  const { failed } = await fleet.underLoad(() => stack.up());
  expect(failed).toEqual([]);
  const status = await longshore(stack, ["status"]);
  expect(status.stdout.match(/counter +v1 +\S+/g)).toEqual(["counter    v1       web-2/1"]);
});

it("switches no machine when the new version fails on one, and loses no request", async () => {
  const { bench, stack } = fleet;
  await fleet.want("v3", (system) => (system.places = { ...PLACES, counter: "web-2" }));
  // Ends each container of app that begins to run on this machine from now on.
  const killer =
    "old=$(docker ps -q); while :; do for id in $(docker ps -q --filter label=longshore.service=app); do " +
    "case $old in *$id*) ;; *) docker kill $id;; esac; done; sleep 0.1; done";
  await bench.run("web-2", `systemd-run --unit=killer bash -c '${killer}'`);
  let all = "";
  const { failed } = await fleet.underLoad(async () => ({ all } = await stack.up({ fails: true })));
  await bench.run("web-2", "systemctl stop killer");
  expect(all).toMatch(/web-2[\s\S]*exit/);
  expect(all).toContain("The release failed and was rolled back: the old version serves.");
  expect(failed).toEqual([]);
  expect(await fleet.served()).toEqual(["v2", "v2"]);
});

it("is asked and told by the command line", async () => {
  const { stack } = fleet;
  const status = await longshore(stack, ["status"]);
  expect(status.stdout).toMatch(/web-1[\s\S]*app[\s\S]*v2/);
  expect(status.stdout).toMatch(/web-2[\s\S]*app[\s\S]*v2/);
  await longshore(stack, ["rollback", "--yes", "--to", "1"]);
  expect(await fleet.served()).toEqual(["v1", "v1"]);
});

it("saves a volume, and fills it again after it was destroyed, with the command line", async () => {
  const { bench, stack } = fleet;
  await fleet.want("v1", (system) => (system.backup = true));
  const { all } = await stack.up();
  expect(all).toContain("web-1: installing restic");
  expect(all).not.toContain("machines-web-2-backup");
  const volume = async () => {
    const names = await bench.run("web-1", "docker volume ls --quiet --filter name=cache-data");
    return names.trim();
  };
  const first = await volume();
  const file = "$(docker volume inspect --format '{{.Mountpoint}}' NAME)/kept";
  await bench.run("web-1", `echo yes >${file.replace("NAME", first)}`);
  const saved = await longshore(stack, ["backup"]);
  expect(saved.stdout).toMatch(/^web-1: saved 0 min ago .*; next at /);
  expect(saved.stdout).toMatch(/cache\/cache-data +web-1/);

  await bench.run(
    "web-1",
    `docker rm --force $(docker ps --quiet --filter volume=${first}) && docker volume rm ${first}`,
  );
  await stack.up({ args: ["--refresh"] });
  const second = await volume();
  expect(second).not.toBe(first);
  const restored = await longshore(stack, ["restore", "cache-data", "--yes", "--json"]);
  expect(JSON.parse(restored.stdout)).toMatchObject({ host: "web-1", volume: "cache/cache-data" });
  expect(await bench.run("web-1", `cat ${file.replace("NAME", second)}`)).toBe("yes\n");
  const status = await longshore(stack, ["status"]);
  expect(status.stdout).toMatch(/cache +v1 +web-1\/1 +running +healthy/);
});

it("refuses what a machine could not reach, and changes nothing", async () => {
  const { stack } = fleet;
  await fleet.want("v3", ({ machines }) => delete machines["web-2"]?.privateAddress);
  const { all } = await stack.up({ fails: true });
  expect(all).toContain(
    "`dnmonster` is called on host `web-1`, which has no replica of it: host `web-2` has, and no private address.",
  );
  expect(all).not.toContain("`counter` is called");
  expect(await fleet.served()).toEqual(["v1", "v1"]);
  await fleet.want("v1");
});

it("says before a plan which machine does not answer, and how to go on without it", async () => {
  const { stack, targets } = fleet;
  await fleet.want("v3", ({ machines }) => {
    // Nobody's address in their network.
    const nobody = targets[0]?.host.replace(/\d+$/, "250");
    Object.assign(machines["web-2"] ?? {}, { address: nobody });
  });
  const { all } = await stack.up({ fails: true });
  expect(all).toMatch(/No Docker engine: ssh:\S+250: it does not answer on port 22/);
  expect(all).toContain("If `web-2` is gone for good: `longshore hosts forget web-2`");
  expect(await fleet.served()).toEqual(["v1", "v1"]);
});

it("says before a plan which machine is another one, and changes nothing", async () => {
  const { stack, targets } = fleet;
  const [, other] = targets;
  await fleet.want("v3", ({ machines }) => {
    for (const args of Object.values(machines)) args.hostKey = other?.hostKey ?? "";
  });
  const { all } = await stack.up({ fails: true });
  expect(all).toMatch(
    /No Docker engine: ssh:\/\/deploy@[\d.]+: the machine does not have the host key/,
  );
  expect(await fleet.served()).toEqual(["v1", "v1"]);
  await fleet.want("v1");
});

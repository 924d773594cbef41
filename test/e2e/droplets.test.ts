/**
 * The stack `staging` as it is committed, on DigitalOcean's API as test/support/cloud plays it: each droplet is a machine
 * that boots with its user data, so that everything from the first contact on is real. The rest is in `npm run test:full`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ensureToolchain } from "../../toolchain/index.ts";
import { FakeDigitalOcean, TOKEN } from "../support/cloud/server.ts";
import { CloudMachines } from "../support/cloud/machines.ts";
import { longshore } from "../support/command-line.ts";
import { makeKey } from "../support/simulated.ts";
import { ROOT, TestStack } from "../support/test-stack.ts";

const isFull = process.env.LONGSHORE_TEST_SIZE === "full";
const committed = (
  parse(readFileSync(join(ROOT, "Pulumi.staging.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  }
).config;

let stack: TestStack;
let machines: CloudMachines;
let cloud: FakeDigitalOcean;
let own: object;

beforeAll(async () => {
  await ensureToolchain({ plugins: ["digitalocean"] });
  stack = await TestStack.create("staging-e2e");
  machines = await CloudMachines.create(stack.workbench, "staging");
  cloud = await FakeDigitalOcean.start(machines);
  Object.assign(stack.env, { DIGITALOCEAN_TOKEN: TOKEN, DIGITALOCEAN_API_URL: cloud.url });
  const identityFile = join(stack.folder, ".longshore", "key");
  await makeKey(identityFile);
  const authorizedKeys = [readFileSync(`${identityFile}.pub`, "utf8").trim()];
  // What is nobody's but one's own, and is not committed.
  own = { sshFrom: ["203.0.113.0/24"], authorizedKeys, identityFile };
  for (const key of ["bind", "httpPort", "appReplicas"])
    await stack.configure({ [key]: committed[`identidock:${key}`] });
  await useHosts({});
});
afterAll(async () => {
  try {
    await stack?.destroy();
    expect(cloud.left).toEqual([]);
  } finally {
    await cloud?.stop();
    await machines?.removeAll();
  }
});

async function useHosts(more: object): Promise<void> {
  const hosts = { ...(committed["identidock:hosts"] as object), ...own, ...more };
  await stack.configure({ hosts: JSON.stringify(hosts) });
}

async function url(): Promise<string> {
  return (await stack.pulumi(["stack", "output", "url"], { withConfig: false })).all.trim();
}

async function picture(name: string): Promise<number> {
  const answer = await fetch(`${await url()}/monster/${name}`, {
    headers: { connection: "close" },
    signal: AbortSignal.timeout(10_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}
const pictures = () =>
  Promise.all(["a", "b", "c", "d", "e", "f"].map((name) => picture(`${name}${Date.now()}`)));
const OK = [200, 200, 200, 200, 200, 200];
async function urnOf(name: string, type = ""): Promise<string> {
  const { all } = await stack.pulumi(["stack", "--show-urns"], { withConfig: false });
  return new RegExp(`urn:\\S+${type}::${name}`).exec(all)?.[0] ?? name;
}
const machineOf = (name: string) =>
  cloud.droplets.all.find((each) => each.name === name)?.machine ?? name;
const ids = () => Object.fromEntries(cloud.droplets.all.map(({ name, id }) => [name, id]));

it("comes up from nothing, also where the API is slow or throttles, and serves by one address", async () => {
  cloud.faults.push({ request: /^POST droplets/, status: 429 });
  cloud.faults.push({ request: /^GET actions/, status: 503 });
  const { all } = await stack.up();
  for (const name of ["web-1", "web-2"]) {
    expect(all).toContain(`${name}: waiting for its first boot`);
    expect(all).toMatch(new RegExp(`${name}: Docker \\S+ runs`));
  }
  expect(cloud.faults).toEqual([]);
  expect(cloud.actions.problems).toEqual([]);
  const [balancer] = cloud.balancers.all;
  expect(await url()).toBe(`http://${balancer?.ip}`);
  expect(await pictures()).toEqual(OK);
  const data = await machines.run(
    machineOf("web-1"),
    "findmnt --noheadings --list --output TARGET,FSTYPE /var/lib/docker",
  );
  expect(data).toMatch(/^\/var\/lib\/docker +ext4/);
});

it("opens nothing that is not wanted, and keeps no secret in plaintext", () => {
  const [firewall] = cloud.network.firewalls;
  const tag = firewall?.tags[0];
  const [balancer] = cloud.balancers.all;
  expect(firewall?.inbound_rules.map(({ ports, sources }) => [ports, sources])).toEqual([
    ["22", { addresses: ["203.0.113.0/24"] }],
    ["8080", { load_balancer_uids: [balancer?.id] }],
    ["61080", { tags: [tag] }],
    ["61081", { tags: [tag] }],
  ]);
  expect(cloud.droplets.all.map(({ tags }) => tags.includes(tag ?? ""))).toEqual([true, true]);
  const state = stack.readState();
  for (const secret of [TOKEN, stack.sessionKey, "BEGIN OPENSSH PRIVATE KEY"])
    expect(state).not.toContain(secret);
});

it("changes nothing when it is run again", async () => {
  const before = cloud.requests.length;
  const { all } = await stack.up();
  expect(all).not.toMatch(/updated|created|replaced/);
  const asked = cloud.requests.slice(before).filter((request) => !request.startsWith("GET "));
  expect(asked).toEqual([]);
});

describe.runIf(isFull)("later", () => {
  it("says what would be made, before a droplet is there", async () => {
    await useHosts({ count: 3 });
    const { all } = await stack.preview();
    expect(all).toMatch(/web-3-droplet +create/);
    expect(all).not.toMatch(/web-[12]-\S+ +(update|replace|delete)/);
  });

  it("adds one and touches no other", async () => {
    const before = ids();
    await stack.up();
    expect(ids()).toMatchObject(before);
    expect(cloud.droplets.all).toHaveLength(3);
    expect(await pictures()).toEqual(OK);
  });

  it("takes one away", async () => {
    await useHosts({});
    await stack.up();
    expect(Object.keys(ids()).sort()).toEqual(["web-1", "web-2"]);
    expect(cloud.volumes.all).toHaveLength(2);
    expect(await pictures()).toEqual(OK);
  });

  it("replaces one, which then has the data of the old one", async () => {
    const before = ids();
    const file = "/var/lib/docker/volumes/longshore-test";
    await machines.run(machineOf("web-1"), `echo kept >${file}`);
    await stack.up({ args: ["--replace", await urnOf("web-1-droplet")] });
    expect(ids()["web-2"]).toBe(before["web-2"]);
    expect(ids()["web-1"]).not.toBe(before["web-1"]);
    expect(await machines.run(machineOf("web-1"), `cat ${file}`)).toBe("kept\n");
    expect(await pictures()).toEqual(OK);
  });

  it("names one that was deleted by hand, and makes it anew when a refresh has told", async () => {
    const before = ids();
    await cloud.droplets.remove(cloud.droplets.find(before["web-2"]));
    expect(await pictures()).toEqual(OK);
    const gone = await stack.preview([], { fails: true });
    expect(gone.all).toMatch(/`web-2` .*longshore hosts forget web-2/s);
    const targets = [await urnOf("web-2-droplet"), await urnOf("web-2-data", "VolumeAttachment")];
    const args = targets.flatMap((urn) => ["--target", urn]);
    await stack.pulumi(["refresh", "--yes", "--skip-preview", "--non-interactive", ...args]);
    await stack.up();
    expect(ids()["web-1"]).toBe(before["web-1"]);
    expect(ids()["web-2"]).not.toBe(before["web-2"]);
    expect(cloud.volumes.all).toHaveLength(2);
    expect(await pictures()).toEqual(OK);
  });

  it("goes on without one that is forgotten, and removes what is left of it", async () => {
    await cloud.droplets.remove(cloud.droplets.find(ids()["web-2"]));
    const { stdout } = await longshore(stack, ["hosts", "forget", "web-2", "--yes"]);
    expect(stdout).toContain("`web-2` is forgotten. Its machine and volume stay in the state");
    await useHosts({ without: ["web-2"] });
    await stack.up({ args: ["--refresh"] });
    expect(Object.keys(ids())).toEqual(["web-1"]);
    expect(cloud.volumes.all).toHaveLength(1);
    expect(await pictures()).toEqual(OK);
  });
});

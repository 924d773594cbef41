/** identidock on simulated machines, from nothing: what `npm run demo -- --stack simulation` brings up, with two. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectHost } from "../../components/engine/engine-host.ts";
import { longshore } from "../support/command-line.ts";
import { COUNT_LOGINS, useMachines } from "../support/simulated.ts";
import { TestStack } from "../support/test-stack.ts";

let stack: TestStack;
const machine = (name: string) => stack.docker.getContainer(`identidock-${stack.name}-${name}`);

beforeAll(async () => {
  stack = await TestStack.create("simulation-e2e");
  await useMachines(stack, 2);
});
afterAll(() => stack?.destroy());

/** A picture, by the address before the machines: app is on each, dnmonster and redis on the first alone. */
async function picture(name: string): Promise<number> {
  const answer = await fetch(`${stack.url}/monster/${name}`, {
    headers: { connection: "close" },
    signal: AbortSignal.timeout(10_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}
const pictures = () =>
  Promise.all(["a", "b", "c", "d", "e", "f"].map((name) => picture(`${name}${Date.now()}`)));
const OK = [200, 200, 200, 200, 200, 200];

/** What the stack goes on without. */
async function without(names: string[]): Promise<void> {
  const { all } = await stack.pulumi(["config", "get", "identidock:hosts"]);
  const hosts = JSON.parse(all) as object;
  await stack.configure({ hosts: JSON.stringify({ ...hosts, without: names }) });
}

it("serves on all machines by one address, and changes nothing when run again", async () => {
  const { all } = await stack.up();
  for (const name of ["web-1", "web-2"]) {
    expect(all).toContain(`${name}: a machine is made`);
    expect(all).toMatch(new RegExp(`${name}: Docker \\S+ runs`));
  }
  expect(all).toMatch(new RegExp(`url +: "${stack.url}"`));
  expect(await pictures()).toEqual(OK);
  const again = await stack.up();
  expect(again.all).not.toMatch(/updated|created|replaced/);
  const { stdout } = await longshore(stack, ["status"]);
  expect(stdout).toMatch(
    /app +\S+ +web-1\/1 +running +healthy[\s\S]*app +\S+ +web-2\/1 +running +healthy/,
  );
});

it("logs in to a machine at most three times in an update that looks at everything there", async () => {
  const host = connectHost("web-1", stack.workbench.dockerHost);
  const logins = async () => {
    const command = ["bash", "-c", COUNT_LOGINS];
    return Number((await host.exec(`identidock-${stack.name}-web-1`, command)).stdout);
  };
  const before = await logins();
  expect(before).toBeGreaterThan(0);
  await stack.up({ args: ["--refresh"] });
  expect((await logins()) - before).toBeLessThanOrEqual(3);
});

it("serves again by itself after a machine has restarted", async () => {
  await machine("web-1").restart({ t: 30 });
  const from = Date.now();
  for (;;) {
    const answers = await pictures().catch(() => []);
    if (answers.every((status) => status === 200) && answers.length > 0) break;
    if (Date.now() - from > 60_000) throw new Error(`not after 60 s: ${answers.join()}`);
  }
});

it("sends a drained machine nothing, so that it can be switched off without a lost request", async () => {
  const tells = (what: string) => longshore(stack, ["hosts", what, "web-2"]);
  let going = true;
  const failed: (number | string)[] = [];
  const load = (async () => {
    let count = 0;
    for (; going; count++) {
      const status = await picture(`drain${count % 7}`).catch(String);
      if (status !== 200) failed.push(status);
    }
    return count;
  })();
  expect((await tells("drain")).stdout).toBe(
    "`web-2` tells load balancers to send requests elsewhere. For 5 s nobody has asked it for anything.",
  );
  const { stdout } = await longshore(stack, ["status"]);
  expect(stdout).toMatch(/on web-2: release 1, proxy running, drained since 20/);
  await machine("web-2").restart({ t: 0 });
  // Still, after a release.
  await stack.configure({ appReplicas: 4 });
  await stack.up();
  expect((await longshore(stack, ["status"])).stdout).toMatch(/on web-2: release 2.*drained since/);
  expect((await tells("resume")).stdout).toBe("`web-2` tells load balancers to come again.");
  going = false;
  expect(await load).toBeGreaterThan(50);
  expect(failed).toEqual([]);
  expect((await longshore(stack, ["status"])).stdout).not.toContain("drained");
  const unknown = await longshore(stack, ["hosts", "drain", "web-9"]);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain("There is no host `web-9`. There are: web-1, web-2.");
});

it("names a machine that is gone, forgets it when told, goes on without it, and makes it anew", async () => {
  const answering = await longshore(stack, ["hosts", "forget", "web-2", "--yes"]);
  expect(answering.exitCode).toBe(2);
  expect(answering.stderr).toContain("Host `web-2` answers: what runs there would be left behind.");
  await machine("web-2").remove({ force: true });
  expect(await pictures()).toEqual(OK);
  const gone = await stack.preview([], { fails: true });
  expect(gone.all).toMatch(/Machine `web-2` is gone: .*`longshore hosts forget web-2`/);
  const list = await longshore(stack, ["hosts", "list"]);
  expect(list.stdout).toMatch(/web-1 +ssh:\S+ +answers[\s\S]*web-2 +ssh:\S+ +does not answer/);
  const { stdout } = await longshore(stack, ["hosts", "forget", "web-2", "--yes"]);
  expect(stdout).toContain("`web-2` is forgotten.");
  await without(["web-2"]);
  await stack.configure({ appReplicas: 2 });
  await stack.up();
  expect(await pictures()).toEqual(OK);
  await without([]);
  stack.env.LONGSHORE_REPLACE_MACHINE = "web-2";
  const { all } = await stack.up();
  delete stack.env.LONGSHORE_REPLACE_MACHINE;
  expect(all).toContain("web-2: a machine is made");
  expect(await pictures()).toEqual(OK);
  // Nobody but the stack's state has its secrets, and nothing of it is in plaintext there.
  expect(stack.readState()).not.toContain(stack.sessionKey);
});

/** A fleet on two machines that are reached by SSH, from nothing but their systems: each a real one, in a container. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sshOptions } from "../../components/ssh/options.ts";
import { type SshTarget, sshUrl } from "../../components/ssh/target.ts";
import { longshore } from "../support/command-line.ts";
import { LoadImages } from "../support/load/images.ts";
import { MachineBench } from "../support/machine.ts";
import { TestStack } from "../support/test-stack.ts";
import type { System } from "./machines/program.ts";

const NAMES = ["web-1", "web-2"];

let bench: MachineBench;
let stack: TestStack;
let images: LoadImages;
const targets: SshTarget[] = [];
const tunnels: ChildProcess[] = [];

beforeAll(async () => {
  bench = await MachineBench.create("machines", "release");
  stack = await TestStack.create("machines");
  images = new LoadImages(stack.workbench);
  for (const name of NAMES) targets.push(await bench.machine(name));
  writeFileSync(join(stack.folder, "index.ts"), 'import "./test/e2e/machines/program.ts";\n');
  tunnels.push(...targets.map((target) => lendRegistry(target, stack.workbench.registry)));
  await want("v1");
});
afterAll(async () => {
  await stack?.destroy();
  for (const tunnel of tunnels) tunnel.kill();
  await bench?.remove();
});

/** The workbench's registry is on this computer's loopback: here it is on the machine's, too. */
function lendRegistry(target: SshTarget, registry: string): ChildProcess {
  // A connection of its own, which is not counted and ends with the test.
  const own = ["-o", "ControlMaster=no", "-o", "ControlPath=none"];
  const args = [...own, ...sshOptions(target), "-N", "-R", `${registry}:${registry}`];
  return spawn("ssh", [...args, "--", sshUrl(target)], { stdio: "ignore" });
}

async function want(version: string, change: (machines: System["machines"]) => void = () => {}) {
  const machines = Object.fromEntries(
    targets.map(({ host, user, hostKey, identityFile }, index) => {
      return [NAMES[index] ?? "", { address: host, user, hostKey, identityFile, docker: {} }];
    }),
  );
  change(machines);
  const app = { image: await images.app(version), version };
  const system: System = { proxyImage: await images.proxy(), app, machines };
  writeFileSync(join(stack.folder, "system.json"), JSON.stringify(system));
}

/** The version that a machine serves, or why it does not. */
function get(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port: 8080, agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      const [, version = ""] = String(answer.headers["x-served-by"]).split(" ");
      answer.on("end", () => resolve(answer.statusCode === 200 ? version : `${answer.statusCode}`));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in 5 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const served = () => Promise.all(targets.map(({ host }) => get(host)));

it("comes up, releases without a lost request, and is looked at, over few logins", async () => {
  // Before there is an engine: what will be is shown all the same.
  const first = await stack.preview();
  expect(first.all).toMatch(/web-1-docker create[\s\S]*web-1-app-1 create/);
  const { all } = await stack.up();
  expect(all).toMatch(/web-2: Docker \S+ runs/);
  expect(all).toContain("app v1: healthy");
  expect(await served()).toEqual(["v1", "v1"]);
  const before = await Promise.all(NAMES.map((name) => bench.logins(name)));

  await want("v2");
  const preview = await stack.preview();
  expect(preview.all).toContain("app v1 → v2, no downtime");
  let going = true;
  const failed: string[] = [];
  const load = Promise.all(
    targets.map(async ({ host }) => {
      let count = 0;
      for (; going; count++) {
        const answer = await get(host).catch((error: unknown) => String(error));
        if (!/^v\d+$/.test(answer)) failed.push(answer);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return count;
    }),
  );
  await stack.up();
  going = false;
  const counts = await load;
  expect(failed).toEqual([]);
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(await served()).toEqual(["v2", "v2"]);
  const logins = await Promise.all(NAMES.map((name) => bench.logins(name)));
  for (const [index, count] of logins.entries()) {
    expect(count - (before[index] ?? 0)).toBeLessThanOrEqual(3);
  }
  const again = await stack.up();
  expect(again.all).toMatch(/\d+ unchanged/);
  expect(again.all).not.toMatch(/updated|created|replaced/);
});

it("is asked and told by the command line", async () => {
  const status = await longshore(stack, ["status"]);
  expect(status.stdout).toMatch(/web-1[\s\S]*app[\s\S]*v2/);
  expect(status.stdout).toMatch(/web-2[\s\S]*app[\s\S]*v2/);
  await longshore(stack, ["rollback", "--yes"]);
  expect(await served()).toEqual(["v1", "v1"]);
});

it("says before a plan which machine is another one, and changes nothing", async () => {
  const [, other] = targets;
  await want("v3", (machines) => {
    for (const args of Object.values(machines)) args.hostKey = other?.hostKey ?? "";
  });
  const { all } = await stack.up({ fails: true });
  expect(all).toMatch(
    /No Docker engine: ssh:\/\/deploy@[\d.]+: the machine does not have the host key/,
  );
  expect(await served()).toEqual(["v1", "v1"]);
  await want("v1");
});

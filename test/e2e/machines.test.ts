/** A fleet on two machines that are reached by SSH, from nothing but their systems: each a real one, in a container. */
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SshTarget } from "../../components/ssh/target.ts";
import { longshore } from "../support/command-line.ts";
import { LoadImages } from "../support/load/images.ts";
import { MachineBench } from "../support/machine.ts";
import { TestStack } from "../support/test-stack.ts";
import type { System } from "./machines/program.ts";

const NAMES = ["web-1", "web-2"];
/** Each link of app: to services of the other machine from one of them, and of the same machine from the other. */
const LINKS = ["DNMONSTER_ADMIN", "DNMONSTER_RAW", "COUNTER", "CACHE"];
const PATHS = ["/", ...LINKS.map((link) => `/via?link=${link}`), "/counted?run=none&ids=1"];

let bench: MachineBench;
let stack: TestStack;
let images: LoadImages;
const targets: SshTarget[] = [];
const privateAddresses: string[] = [];

beforeAll(async () => {
  bench = await MachineBench.create("machines", "release");
  stack = await TestStack.create("machines");
  images = new LoadImages(stack.workbench);
  for (const name of NAMES) {
    targets.push(await bench.machine(name));
    privateAddresses.push(await bench.privateAddress(name));
  }
  writeFileSync(join(stack.folder, "index.ts"), 'import "./test/e2e/machines/program.ts";\n');
  await want("v1");
});
afterAll(async () => {
  await stack?.destroy();
  await bench?.remove();
});

const PLACES = { dnmonster: "web-2", counter: "web-1", cache: "web-1" };

async function want(version: string, change: (system: System) => void = () => {}) {
  // The workbench's registry is on this computer's loopback: it is open on the machines', too.
  const remoteForwards = [Number(stack.workbench.registry.split(":")[1])];
  const machines = Object.fromEntries(
    targets.map(({ host, user, hostKey, identityFile }, index) => {
      const reached = { address: host, user, hostKey, identityFile, remoteForwards };
      const privateAddress = privateAddresses[index];
      return [NAMES[index] ?? "", { ...reached, privateAddress, docker: {} }];
    }),
  );
  const [app, first] = [await images.app(version), await images.app("v1")];
  const system: System = {
    proxyImage: await images.proxy(),
    app: { image: app, version },
    counter: { image: first, version: "v1" },
    places: PLACES,
    machines,
  };
  change(system);
  writeFileSync(join(stack.folder, "system.json"), JSON.stringify(system));
}

/** Version of whoever answers on a machine, through a link its, or why none does. */
function get(host: string, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host, path, port: 8080, agent: false, timeout: 10_000 };
    const outgoing = request(options, (answer) => {
      answer.resume();
      const { "x-served-by": served, "x-via": via } = answer.headers;
      const [, version = ""] = String(via ?? served).split(" ");
      answer.on("end", () => resolve(answer.statusCode === 200 ? version : `${answer.statusCode}`));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in 10 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const served = () => Promise.all(targets.map(({ host }) => get(host)));

/** Asks both machines for everything while `action` runs. @returns what was not answered, and how much was. */
async function underLoad(action: () => Promise<unknown>) {
  let going = true;
  const failed: string[] = [];
  const load = Promise.all(
    targets.flatMap(({ host }) =>
      PATHS.map(async (path) => {
        let count = 0;
        for (; going; count++) {
          const answer = await get(host, path).catch((error: unknown) => String(error));
          if (!/^v\d+$/.test(answer)) failed.push(`${host}${path}: ${answer}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return count;
      }),
    ),
  );
  try {
    await action();
  } finally {
    going = false;
  }
  return { failed, counts: await load };
}

it("comes up, releases without a lost request, and is looked at, over few logins", async () => {
  // Before there is an engine: what will be is shown all the same.
  const first = await stack.preview();
  expect(first.all).toMatch(/web-1-docker create[\s\S]*web-1-app-1 create/);
  const { all } = await stack.up();
  expect(all).toMatch(/web-2: Docker \S+ runs/);
  expect(all).toContain("app v1: healthy");
  for (const { host } of targets) {
    expect(await Promise.all(PATHS.map((path) => get(host, path)))).toEqual(PATHS.map(() => "v1"));
    // A route to a service that this machine does not have.
    expect(await get(host, "/counter")).toBe("404");
  }
  const before = await Promise.all(NAMES.map((name) => bench.logins(name)));

  await want("v2");
  const preview = await stack.preview();
  expect(preview.all).toContain("app v1 → v2, no downtime");
  const { failed, counts } = await underLoad(() => stack.up());
  expect(failed).toEqual([]);
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(await served()).toEqual(["v2", "v2"]);
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
  const listening = await bench.run("web-1", "ss -Hltn 'sport >= 61000'");
  expect(listening.match(/\S+:6108[01]/g)?.sort()).toEqual(
    [61080, 61081].map((port) => `${privateAddresses[0]}:${port}`),
  );
});

it("moves a service to another machine without a lost request", async () => {
  await want("v2", (system) => (system.places = { ...PLACES, counter: "web-2" }));
  const { failed } = await underLoad(() => stack.up());
  expect(failed).toEqual([]);
  const status = await longshore(stack, ["status"]);
  expect(status.stdout.match(/counter +v1 +\S+/g)).toEqual(["counter    v1       web-2/1"]);
});

it("switches no machine when the new version fails on one, and loses no request", async () => {
  await want("v3", (system) => (system.places = { ...PLACES, counter: "web-2" }));
  // Ends each container of app that begins to run on this machine from now on.
  const killer =
    "old=$(docker ps -q); while :; do for id in $(docker ps -q --filter label=longshore.service=app); do " +
    "case $old in *$id*) ;; *) docker kill $id;; esac; done; sleep 0.1; done";
  await bench.run("web-2", `systemd-run --unit=killer bash -c '${killer}'`);
  let all = "";
  const { failed } = await underLoad(async () => ({ all } = await stack.up({ fails: true })));
  await bench.run("web-2", "systemctl stop killer");
  expect(all).toMatch(/web-2[\s\S]*exit/);
  expect(all).toContain("The release failed and was rolled back: the old version serves.");
  expect(failed).toEqual([]);
  expect(await served()).toEqual(["v2", "v2"]);
});

it("is asked and told by the command line", async () => {
  const status = await longshore(stack, ["status"]);
  expect(status.stdout).toMatch(/web-1[\s\S]*app[\s\S]*v2/);
  expect(status.stdout).toMatch(/web-2[\s\S]*app[\s\S]*v2/);
  await longshore(stack, ["rollback", "--yes", "--to", "1"]);
  expect(await served()).toEqual(["v1", "v1"]);
});

it("refuses what a machine could not reach, and changes nothing", async () => {
  await want("v3", ({ machines }) => delete machines["web-2"]?.privateAddress);
  const { all } = await stack.up({ fails: true });
  expect(all).toContain(
    "`dnmonster` is called on host `web-1`, which has no replica of it: host `web-2` has, and no private address.",
  );
  expect(all).not.toContain("`counter` is called");
  expect(await served()).toEqual(["v1", "v1"]);
  await want("v1");
});

it("says before a plan which machine does not answer, and how to go on without it", async () => {
  await want("v3", ({ machines }) => {
    // Nobody's address in their network.
    const nobody = targets[0]?.host.replace(/\d+$/, "250");
    Object.assign(machines["web-2"] ?? {}, { address: nobody });
  });
  const { all } = await stack.up({ fails: true });
  expect(all).toMatch(/No Docker engine: ssh:\S+250: it does not answer on port 22/);
  expect(all).toContain("If `web-2` is gone for good: `longshore hosts forget web-2`");
  expect(await served()).toEqual(["v1", "v1"]);
});

it("says before a plan which machine is another one, and changes nothing", async () => {
  const [, other] = targets;
  await want("v3", ({ machines }) => {
    for (const args of Object.values(machines)) args.hostKey = other?.hostKey ?? "";
  });
  const { all } = await stack.up({ fails: true });
  expect(all).toMatch(
    /No Docker engine: ssh:\/\/deploy@[\d.]+: the machine does not have the host key/,
  );
  expect(await served()).toEqual(["v1", "v1"]);
  await want("v1");
});

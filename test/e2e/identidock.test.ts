/**
 * The shipped example, for real: `pulumi up` on a real engine, used over HTTP, changed, broken,
 * repaired, and removed. Another stack's container on the same engine must not notice any of it.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load/index.ts";
import { watchProcesses } from "../support/secret-scan.ts";
import { type Ran, TestStack, commit, freePort } from "../support/test-stack.ts";
import { testSessionKey } from "./identidock/session-key.ts";

const NEIGHBOUR = "longshore-e2e-identidock-neighbour";
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

let stack: TestStack;
let first: Ran;
let processes: Awaited<ReturnType<typeof watchProcesses>>;
let sampled: string;
let neighbour: Docker.Container;
let neighbourBefore: Docker.ContainerInspectInfo;
const outputs: Record<string, string> = {};

beforeAll(async () => {
  stack = await TestStack.create("identidock");
  await stack.docker
    .getContainer(NEIGHBOUR)
    .remove({ force: true, v: true })
    .catch(() => undefined);
  processes = watchProcesses();
  first = await stack.up();
  outputs["update output"] = first.all;
  sampled = processes.stop();
  // Somebody else's container on the same engine.
  const image = (await stack.containers()).redis?.[0]?.id ?? "";
  neighbour = await stack.docker.createContainer({
    name: NEIGHBOUR,
    Image: (await stack.docker.getContainer(image).inspect()).Image,
  });
  await neighbour.start();
  neighbourBefore = await neighbour.inspect();
});

afterAll(async () => {
  processes.stop();
  await neighbour.remove({ force: true, v: true });
  await stack.destroy();
});

describe("a first `pulumi up`", () => {
  it("runs two replicas of app, one of each other service, and a proxy with its forwarder", async () => {
    const containers = await stack.containers();
    const running = Object.fromEntries(
      Object.entries(containers).map(([name, list]) => [name, list.map((entry) => entry.running)]),
    );
    expect(running).toEqual({
      app: [true, true],
      dnmonster: [true],
      forwarder: [true],
      proxy: [true],
      redis: [true],
    });
  });

  it("opens no port but the forwarder's, all on loopback", async () => {
    const found = await stack.docker.listContainers({
      filters: { label: [`longshore.stack=${stack.label}`] },
    });
    const open = found.flatMap(({ Labels, Ports }) =>
      Ports.filter(({ PublicPort }) => PublicPort).map(
        ({ IP, PublicPort }) => `${Labels["longshore.service"]} ${IP}:${PublicPort}`,
      ),
    );
    expect(open.sort()).toEqual(
      [`forwarder 127.0.0.1:${stack.httpPort}`, `forwarder 127.0.0.1:${stack.statusPort}`].sort(),
    );
  });

  it("serves the page with a picture for a name", async () => {
    const form = new URLSearchParams({ name: "Moby <Dock>" });
    const page = await fetch(stack.url, { method: "POST", body: form });
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain("Moby &lt;Dock&gt;");
    expect(html).not.toContain("<Dock>");
    expect(html).toMatch(/<img[^>]+src="\/monster\//);
  });

  it("draws a PNG, and takes it from the cache the second time", async () => {
    const name = `bla-${Date.now()}`;
    const [miss, hit] = [
      await fetch(`${stack.url}/monster/${name}`),
      await fetch(`${stack.url}/monster/${name}`),
    ];
    const bytes = new Uint8Array(await miss.arrayBuffer());
    expect(miss.status).toBe(200);
    expect([...bytes.slice(0, 8)]).toEqual(PNG);
    expect(miss.headers.get("x-cache")).toBe("miss");
    expect(hit.headers.get("x-cache")).toBe("hit");
    expect(new Uint8Array(await hit.arrayBuffer())).toEqual(bytes);
  });

  it("spreads requests over both replicas of app", async () => {
    const load = Load.start(`${stack.url}/health`, { rate: 100 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const result = await load.stop();
    expect(result.failures).toEqual([]);
    expect(Object.keys(result.servedBy)).toHaveLength(2);
    for (const count of Object.values(result.servedBy)) expect(count).toBeGreaterThan(10);
  });

  it("shows the proxy's status page", async () => {
    const page = await fetch(`http://127.0.0.1:${stack.statusPort}/`);
    expect(await page.text()).toContain("app.a");
  });

  it("leaves nothing for a second one to do, with or without refresh", async () => {
    await stack.preview(["--expect-no-changes"]);
    await stack.preview(["--refresh", "--expect-no-changes"]);
  });
});

testSessionKey(() => ({ stack, outputs, sampled }));

describe("a configuration with mistakes", () => {
  it("stops the preview with all of them in one message", async () => {
    await stack.configure({ htpPort: 1, appReplicas: "many" });
    const { all } = await stack.preview([], { fails: true });
    await stack.pulumi(["config", "rm", "identidock:htpPort"]);
    await stack.configure({ appReplicas: 2 });
    expect(all).toContain("stack `identidock` has 2 problems; nothing was touched");
    expect(all).toContain("`htpPort` is not a known setting. Did you mean `httpPort`?");
    expect(all).toContain('`appReplicas` must be a whole number from 1 to 50. It is "many".');
    await stack.preview(["--expect-no-changes"]);
  });
});

describe("a change of app", () => {
  let before: Awaited<ReturnType<TestStack["containers"]>>;

  beforeAll(async () => {
    before = await stack.containers();
    edit("<!-- second version -->");
  });

  it("previews app's image, tests, containers and the release, and nothing else", async () => {
    const { all } = await stack.preview(["--json"]);
    const { steps } = JSON.parse(all.slice(all.indexOf("{"))) as {
      steps: { op: string; urn: string }[];
    };
    const changed = steps
      .filter(({ op }) => op !== "same")
      .map(({ urn }) => urn.split("::").at(-1) ?? "");
    expect(changed.length).toBeGreaterThan(3);
    for (const name of changed)
      expect(name).toMatch(/^(app|identidock-local-app-|identidock-preflight|identidock-release)/);
  });

  it("says in the release's line which version follows which, and that there is no downtime", async () => {
    const { all } = await stack.preview();
    expect(all).toMatch(/app [0-9a-f]{7,} → [0-9a-f]{7,}-dirty\.[0-9a-f]+, no downtime/);
  });

  it("loses no request", async () => {
    const load = Load.start(`${stack.url}/`, { rate: 100 });
    const { all } = await stack.up();
    const result = await load.stop();
    expect(all).toContain("switched");
    expect(result.failures).toEqual([]);
    expect(result.requests).toBeGreaterThan(500);
    // A sanity bound for noisy machines; the gap itself is measured, not tested.
    expect(result.longestGap).toBeLessThan(3000);
    expect(await (await fetch(stack.url)).text()).toContain("<!-- second version -->");
  });

  it("replaced app's containers alone", async () => {
    const after = await stack.containers();
    const ids = (list: { id: string }[] = []) => list.map(({ id }) => id);
    for (const name of ["dnmonster", "redis", "proxy"]) {
      expect(ids(after[name])).toEqual(ids(before[name]));
    }
    expect(after.app).toHaveLength(2);
    for (const id of ids(after.app)) expect(ids(before.app)).not.toContain(id);
  });

  it("loses requests when a serving container is killed, so the count above means something", async () => {
    const load = Load.start(`${stack.url}/monster/kill?slow=1`, { rate: 200 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const { id } of (await stack.containers()).app ?? []) {
      await stack.docker.getContainer(id).kill();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const result = await load.stop();
    expect(result.failures.length).toBeGreaterThan(0);
    for (const { id } of (await stack.containers()).app ?? []) {
      await stack.docker.getContainer(id).start();
    }
    await untilHealthy();
  });
});

describe("a version that exits at once", () => {
  it("fails the update with its last words, and the old version serves on", async () => {
    const server = join(stack.folder, "identidock/app/src/main.ts");
    const good = readFileSync(server, "utf8");
    const load = Load.start(`${stack.url}/`, { rate: 50 });
    writeFileSync(
      server,
      `if (process.env.REDIS_HOST === "redis") {\n  console.log("no such luck");\n  process.exit(3);\n}\n${good}`,
    );
    const { all } = await stack.up({ fails: true });
    const result = await load.stop();
    writeFileSync(server, good);
    expect(result.failures).toEqual([]);
    expect(all).toMatch(/service `app` .* on host `local`: exited with code 3/);
    expect(all).toContain("| no such luck");
    expect(all).toContain("the old version serves");
  });

  it("is repaired by the next update, which leaves no container behind", async () => {
    const load = Load.start(`${stack.url}/`, { rate: 50 });
    await commit(stack.folder, "a good version again");
    await stack.up();
    const result = await load.stop();
    expect(result.failures).toEqual([]);
    const containers = await stack.containers();
    expect(containers.app).toHaveLength(2);
    expect(containers.app?.every(({ running }) => running)).toBe(true);
    await stack.preview(["--expect-no-changes"]);
  });
});

describe("a registry that is down", () => {
  it("is named, fails the update that needs it, and the version that runs serves on", async () => {
    const registry = `127.0.0.1:${await freePort()}`;
    await stack.configure({ registry });
    edit("<!-- never pushed -->");
    const { all } = await stack.up({ fails: true });
    await stack.configure({ registry: stack.workbench.registry });
    expect(all).toContain(`The registry ${registry} does not answer (ECONNREFUSED)`);
    expect(await (await fetch(stack.url)).text()).not.toContain("never pushed");
  });
});

describe("somebody else's container on the same engine", () => {
  it("is as it was, after all of this", async () => {
    const { State, RestartCount, NetworkSettings } = await neighbour.inspect();
    expect({ State, RestartCount, NetworkSettings }).toEqual({
      State: neighbourBefore.State,
      RestartCount: 0,
      NetworkSettings: neighbourBefore.NetworkSettings,
    });
  });
});

function edit(text: string): void {
  appendFileSync(join(stack.folder, "identidock/app/views/page.eta"), text);
}

async function untilHealthy(): Promise<void> {
  const until = Date.now() + 30_000;
  while (!(await fetch(`${stack.url}/health`)).ok) {
    if (Date.now() > until) throw new Error("not healthy again after 30 s");
  }
}

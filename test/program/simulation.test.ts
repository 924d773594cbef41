/** `Pulumi.simulation.yaml` through the whole program, under mocks: what is where, and how it is reached. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Registered,
  SESSION_KEY,
  configureFrom,
  isSecret,
  mockPulumi,
  plain,
  settled,
} from "../support/program.ts";

// What looks at the real machine before anything is planned; tested in test/e2e.
vi.mock("../../components/hosts/inspect.ts", () => ({
  inspectHosts: () => Promise.resolve([]),
}));
vi.mock("../../components/hosts/simulated/look.ts", () => ({
  lookAtMachines: (looks: { name: string }[]) =>
    Promise.resolve(looks.map(({ name }) => ({ name, generation: `of ${name}` }))),
}));
const forwards = vi.hoisted(() => [] as unknown[]);
vi.mock("../../components/ssh/remote-forward.ts", () => ({
  forwardToHere: (target: unknown, ports: number[]) => {
    forwards.push([target, ports]);
    return Promise.resolve(undefined);
  },
}));

vi.stubEnv("DOCKER_HOST", "unix:///engine.sock");

const folder = mkdtempSync(join(tmpdir(), "longshore-program-"));
const identityFile = join(folder, "key");
let resources: Registered[];
const named = (pattern: RegExp) => resources.filter(({ name }) => pattern.test(name));
const find = (name: string) => {
  const [found] = resources.filter((entry) => entry.name === name && entry.custom);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

beforeAll(async () => {
  writeFileSync(`${identityFile}.pub`, "ssh-ed25519 AAAA longshore\n");
  resources = await mockPulumi("identidock", "simulation");
  configureFrom("Pulumi.simulation.yaml", { identityFile });
  await import("../../index.ts");
  await settled();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the simulation", () => {
  it("has three machines, each with an engine that is installed there, and one address before them", () => {
    for (const name of ["web-1", "web-2", "web-3"]) {
      const number = Number(name.slice(-1));
      expect(JSON.parse(String(find(`${name}-machine`).inputs.stdin))).toMatchObject({
        ...{ site: "identidock-simulation", name, number, generation: `of ${name}` },
        ...{ dockerHost: "unix:///engine.sock", publicKey: "ssh-ed25519 AAAA longshore" },
        inside: { name: "site-inside" },
      });
      const install = JSON.parse(String(find(`${name}-docker`).inputs.stdin)) as object;
      const target = { user: "deploy", host: `10.1.0.1${number}`, identityFile };
      expect(install).toMatchObject({ name, target });
      expect(find(`${name}-engine`).inputs.host).toBe(`ssh://deploy@10.1.0.1${number}`);
      expect(forwards).toContainEqual([expect.objectContaining(target), [5055]]);
    }
    const { inputs } = find("balancer");
    expect(inputs.ports).toEqual([{ internal: 8080, external: 8080, ip: "127.0.0.1" }]);
    expect(JSON.stringify(inputs.uploads)).toContain("server web-3 10.1.0.13:8080");
  });

  it("has app on each machine, and what is there once on the first", () => {
    const containers = named(/^identidock-web-\d-(app|dnmonster|redis)-\d$/);
    expect(containers.map(({ name }) => name.replace("identidock-", "")).sort()).toEqual([
      ...["web-1-app-1", "web-1-dnmonster-1", "web-1-redis-1", "web-2-app-1", "web-3-app-1"],
    ]);
  });

  it("lets machines ask each other on their private addresses, and visitors on all", () => {
    expect(find("identidock-web-2-forwarder").inputs.ports).toEqual([
      { internal: 60080, external: 8080, ip: "0.0.0.0" },
      { internal: 60404, external: 8404, ip: "127.0.0.1" },
      { internal: 61080, external: 61080, ip: "10.2.0.12" },
      { internal: 61081, external: 61081, ip: "10.2.0.12" },
    ]);
    const told = JSON.parse(String(plain(find("identidock-release-run").inputs.stdin))) as {
      request?: { hosts: { name: string; remote?: object }[] };
      hosts?: { name: string; remote?: object }[];
    };
    const hosts = told.hosts ?? told.request?.hosts ?? [];
    expect(hosts.map(({ name, remote }) => [name, remote])).toEqual([
      ["web-1", undefined],
      ...["web-2", "web-3"].map((name) => [
        name,
        {
          dnmonster: { at: ["10.2.0.11"], endpoint: { port: 8080, protocol: "http" } },
          redis: { at: ["10.2.0.11"], endpoint: { port: 6379, protocol: "tcp" } },
        },
      ]),
    ]);
  });

  it("has the session key nowhere in plaintext", () => {
    expect(isSecret(find("identidock-release-run").inputs.stdin)).toBe(true);
    for (const { inputs } of resources) {
      const open = Object.values(inputs).filter((input) => !isSecret(input));
      expect(JSON.stringify(open)).not.toContain(SESSION_KEY);
    }
  });
});

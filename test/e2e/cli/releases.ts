/** Releases, back and forth, and that their secrets are nowhere in plaintext. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { Load } from "../../support/load/index.ts";
import { scan, watchProcesses } from "../../support/secret-scan.ts";
import { commit } from "../../support/test-stack.ts";
import {
  edit,
  first,
  longshore,
  outputs,
  registry,
  releases,
  reopenRegistry,
  second,
  serving,
  stack,
  temp,
  version,
} from "./stage.ts";

export function testTwoReleases(): void {
  describe("two releases", () => {
    it("are made by `up`, with progress on standard error and the result alone on standard output", async () => {
      const one = await longshore(["up", "--yes", "--json"]);
      expect(one.exitCode, one.stderr).toBe(0);
      expect(one.stderr).toContain("releasing\n");
      expect(JSON.parse(one.stdout)).toMatchObject({ release: 1, status: "serves" });

      edit("identidock/dnmonster/src/main.ts", "\n// the second version\n");
      writeFileSync(join(stack.folder, "index.ts"), version("second"));
      await commit(stack.folder, "the second version");
      await stack.setSecret("sessionKey", second.token);
      const watch = watchProcesses();
      const two = await longshore(["up", "--yes"]);
      outputs["processes during up"] = watch.stop();
      expect(two.exitCode, two.stderr).toBe(0);
      expect(two.stdout).toMatch(/^release 2 serves: web [0-9a-f]{12}, proxy [0-9a-f]{12}$/);
      expect(await serving()).toEqual({ GREETING: "second", TOKEN: second.token });
    });

    it("are both in the ledger, and an update without a change adds none", async () => {
      expect((await longshore(["up", "--yes"])).exitCode).toBe(0);
      const found = await releases();
      expect(found.map(({ release, status }) => `${release} ${status}`)).toEqual([
        "1 replaced",
        "2 serves",
      ]);
      expect(found[0]?.services.web).not.toBe(found[1]?.services.web);
      expect(found[0]?.services.proxy).toBe(found[1]?.services.proxy);
    });

    it("need an answer: without a terminal and without --yes nothing is done", async () => {
      const { exitCode, stdout, stderr } = await longshore(["rollback"]);
      expect(exitCode).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toContain("give `--yes` to go on without asking");
    });
  });
}

export function testRollback(): void {
  describe("a rollback while the registry is away", () => {
    it("brings back image, environment and secret, and leaves no instruction behind", async () => {
      await registry.close();
      const watch = watchProcesses();
      const load = Load.start(`${stack.url}/health`, { rate: 50 });
      const back = await longshore(["rollback", "--yes"]);
      const result = await load.stop();
      outputs["processes during rollback"] = watch.stop();
      expect(back.exitCode, back.stderr).toBe(0);
      expect(result.failures).toEqual([]);
      expect(result.requests).toBeGreaterThan(100);
      expect(back.stderr).toContain("From release 2 back to release 1");
      expect(back.stderr).toContain("Secrets that get the values of then: TOKEN.");
      expect(await serving()).toEqual({ GREETING: "first", TOKEN: first.token });
      const [one, two, three] = await releases();
      expect(three?.services).toEqual(one?.services);
      expect([two?.status, three?.rollbackTo]).toEqual(["rolled back by release 3", 1]);
      expect(readdirSync(temp).filter((name) => name.startsWith("longshore-"))).toEqual([]);
    });

    it("built nothing, and the next update has nothing to build", async () => {
      const { stdout } = await longshore(["preview", "--json"]);
      // web's image, secrets and container; the preflight, the release and its confirmation; no build: the program
      // still says the second version.
      expect(JSON.parse(stdout)).toMatchObject({ changes: { replace: 3, update: 3 } });
    });

    it("has an update to what it left refused, with the old version serving", async () => {
      await reopenRegistry();
      const again = await longshore(["up", "--yes"]);
      expect(again.exitCode).toBe(4);
      expect(again.stderr).toMatch(
        /it would bring back what a rollback has left\.\n {2}- service `web` [0-9a-f]{12}, of release 2/,
      );
      expect(await serving()).toEqual({ GREETING: "first", TOKEN: first.token });
    });

    it("is undone with --allow-bad", async () => {
      const again = await longshore(["up", "--yes", "--allow-bad"]);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await serving()).toEqual({ GREETING: "second", TOKEN: second.token });
    });
  });
}

export function testKnownVersion(): void {
  describe("a known version", () => {
    it("is deployed with the configuration of now", async () => {
      const done = await longshore(["deploy", "cli", "1", "--yes"], undefined, { named: true });
      expect(done.exitCode, done.stderr).toBe(0);
      const found = await releases();
      expect(found.at(-1)?.services.web).toBe(found[0]?.services.web);
      expect(await serving()).toEqual({ GREETING: "second", TOKEN: second.token });
    });
  });
}

export function testSecrets(): void {
  describe("the secrets of all releases", () => {
    it.each([first, second])("are nowhere in plaintext", async (release) => {
      outputs["state"] = stack.readState();
      outputs["Pulumi's own log files"] = stack.readLogs();
      expect(await scan(stack, outputs, release.token)).toEqual([]);
      const planted = Object.fromEntries(
        Object.keys(outputs).map((name) => [name, `… ${release.token} …`]),
      );
      expect(await scan(stack, planted, release.token)).toEqual(Object.keys(planted));
      // A process with the value in its environment would have been seen.
      const watch = watchProcesses();
      await execa("sleep", ["0.5"], { env: { PLANTED: release.token } });
      expect(watch.stop()).toContain(`PLANTED=${release.token}`);
    });
  });
}

/** Updates beside another one, after somebody's hand, of a tag that moves, and past the release. */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { copyImage } from "../../../components/images/registry/imagetools.ts";
import { edit, longshore, releases, stack, status, version } from "./stage.ts";

export function testAnotherUpdate(): void {
  describe("another update of the stack", () => {
    const lock = (pid: number) => {
      const folder = ["pulumi", ".pulumi", "locks", "organization", "identidock", "cli"];
      mkdirSync(join(stack.folder, ".longshore", ...folder), { recursive: true });
      const holder = { pid, username: "anna", hostname: hostname(), timestamp: new Date() };
      const file = join(stack.folder, ".longshore", ...folder, `${randomUUID()}.json`);
      writeFileSync(file, JSON.stringify(holder));
      return file;
    };

    it("is named, and stops this one before anything is touched", async () => {
      const file = lock(process.pid);
      const { exitCode, stderr } = await longshore(["up", "--yes"]);
      rmSync(file);
      expect(exitCode).toBe(4);
      expect(stderr).toMatch(
        new RegExp(
          "^error: Another update of `cli` is in progress: anna on \\S+ " +
            `\\(process ${process.pid}\\), since \\S+ \\S+ UTC \\(\\d+ s\\)\\. Nothing was touched\\.`,
        ),
      );
    });

    it("is waited for with --wait, and taken over if its process is dead", async () => {
      const file = lock(process.pid);
      const waiting = longshore(["up", "--yes", "--wait", "300"], undefined, {
        noticed: () => rmSync(file),
      });
      expect(await waiting).toMatchObject({ exitCode: 0 });
      expect((await waiting).stderr).toContain("waiting for another update of the stack: anna on");
      const ended = execa("true");
      await ended;
      lock(ended.pid ?? 0);
      const { exitCode, stderr } = await longshore(["up", "--yes"]);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stderr).toContain(`(process ${ended.pid})`);
      expect(stderr).toContain("that process no longer runs");
    });
  });
}

export function testReplicasByHand(): void {
  describe("replicas that somebody", () => {
    const only = async () => {
      const [replica] = (await stack.containers()).web ?? [];
      if (replica === undefined) throw new Error("no replica of web");
      return stack.docker.getContainer(replica.id);
    };

    it("stopped are started again by an update that changes nothing else", async () => {
      await (await only()).stop();
      expect((await longshore(["up", "--yes"])).exitCode).toBe(0);
      expect(await status()).toBe(200);
    });

    it("removed are created again", async () => {
      await (await only()).remove({ force: true });
      const { exitCode, stderr } = await longshore(["up", "--yes"]);
      expect(stderr).toMatch(/-web-1-\S+ was removed by hand: it is created again/);
      expect(exitCode).toBe(0);
      expect(await status()).toBe(200);
    });
  });
}

export function testMovingTag(): void {
  describe("a tag that moves", () => {
    it("is shown with what runs of it, and taken anew when it is asked for", async () => {
      const refs = [...new Set((await releases()).map(({ images }) => images.web ?? ""))];
      const [one = "", two = ""] = refs;
      const repository = one.replace(/@.*/, "");
      const image = `${repository}:moving`;
      for (const name of ["DOCKER_CONFIG", "LONGSHORE_BUILDX"]) vi.stubEnv(name, stack.env[name]);
      onTestFinished(() => void vi.unstubAllEnvs());
      const list = async () =>
        JSON.parse((await longshore(["images", "list", "--json"])).stdout) as unknown;

      await copyImage(one, repository, "moving");
      edit(
        "index.ts",
        `import { RegistryImage } from "./components/images/index.ts";
        export const pinned = new RegistryImage("pinned", { image: "${image}" }).ref;\n`,
      );
      expect((await longshore(["up", "--yes"])).exitCode).toBe(0);
      expect(await list()).toEqual({ images: [{ name: "pinned", image, ref: one }] });

      await copyImage(two, repository, "moving");
      const updated = await longshore(["images", "update", "pinned", "--yes"]);
      expect(updated.stderr).toContain(`${image} is ${two} now`);
      expect(updated.exitCode).toBe(0);
      expect(await list()).toEqual({ images: [{ name: "pinned", image, ref: two }] });
      const again = await longshore(["images", "update", "--yes"]);
      expect(again.stdout).toBe(`${image}: nothing new in the registry.`);
      const unknown = await longshore(["images", "update", "pined"]);
      expect({ code: unknown.exitCode, said: unknown.stderr }).toEqual({
        code: 2,
        said: expect.stringContaining("There are: pinned") as string,
      });
    });
  });
}

export function testTarget(): void {
  describe("an update with --target", () => {
    it("is refused by `longshore`, and this is why: it goes past the release", async () => {
      const { urn } = (
        JSON.parse((await stack.pulumi(["stack", "export"], { withConfig: false })).all) as {
          deployment: { resources: { urn: string }[] };
        }
      ).deployment.resources.find((one) => one.urn.endsWith("::shop-local-web-1")) ?? { urn: "" };
      const refused = await longshore(["up", "--yes", "--target", urn]);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain("goes past the release");
      expect(await status()).toBe(200);

      writeFileSync(join(stack.folder, "index.ts"), version("third"));
      await stack.up({ args: ["--target", urn] });
      expect(await status()).toBe(503);
    });
  });
}

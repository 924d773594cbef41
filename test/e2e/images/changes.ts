/** What is built, pushed and tagged, and what is no change. */
import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { first, project } from "./stage.ts";

export function testChanges(): void {
  test("the first deployment builds, tests, pushes and tags", async () => {
    const commit = await project.commit("first");
    expect(await project.preview()).toEqual([
      "create app",
      "create app",
      "create app-release",
      "create app-tag",
      "create app-test",
      "create app-verify",
      expect.stringMatching(/^create images-test$/),
    ]);
    expect(await project.registry.tags(project.repository)).toBeUndefined(); // a preview builds nothing
    expect(existsSync(join(project.home, ".longshore/images"))).toBe(false);

    await project.up();
    Object.assign(first, await project.outputs());
    expect(first.tag).toBe(commit);
    expect(first.ref).toBe(`${project.env.TEST_REPOSITORY}@${first.digest}`);
    expect(await project.registry.tags(project.repository)).toEqual([commit]);
    expect(await project.registry.digest(project.repository, commit)).toBe(first.digest);

    const contents = Object.values(
      await project.registry.contents(project.repository, first.digest),
    );
    expect(contents.filter((text) => text.includes("GREETING=hello"))).toHaveLength(1);
    expect(contents.filter((text) => text.includes("testing in"))).toEqual([]); // no tests in the release
  });

  test("nothing changed: nothing is built, and nothing announced", async () => {
    expect(await project.preview()).toEqual([]);
    const { all } = await project.up();
    expect(all).toContain("7 unchanged");
    expect(await project.outputs()).toEqual(first);
  });

  test("another umask, other modes, another clone, another CA: no change", async () => {
    expect(await project.preview({ umask: "077" })).toEqual([]);
    chmodSync(join(project.home, "app/greeting"), 0o600);
    rmSync(join(project.home, ".longshore"), { recursive: true });
    expect(await project.preview({ umask: "002" })).toEqual([]);

    const folder = await project.clone("two");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(await project.preview({ folder, umask: "077" })).toEqual([]);
    const ca = join(project.folder, "ca.pem");
    project.write({
      "../ca.pem": "-----BEGIN CERTIFICATE-----\nT3RoZXI=\n-----END CERTIFICATE-----\n",
    });
    expect(await project.preview({ folder, env: { SSL_CERT_FILE: ca } })).toEqual([]);
    expect(
      await project.preview({ folder, env: { SSL_CERT_FILE: "", NODE_EXTRA_CA_CERTS: "" } }),
    ).toEqual([]);
  });

  test("a commit that touches no context: no change", async () => {
    project.write({ "docs/readme": "more" });
    await project.commit("elsewhere");
    expect(await project.preview()).toEqual([]);
  });

  test("a commit without effect on the image: the same digest gets another tag, from any clone", async () => {
    project.write({ "app/README.md": "more" });
    const commit = await project.commit("documentation in the context");
    const folder = await project.clone("three");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(await project.preview({ folder })).toEqual(["update app-tag"]);
    await project.up({ folder });
    expect(await project.outputs()).toEqual({ ...first, tag: commit });
    expect(await project.registry.digest(project.repository, commit)).toBe(first.digest);
    expect(await project.registry.digest(project.repository, first.tag)).toBe(first.digest);
  });

  test("uncommitted changes are refused by name, or tagged as what they are", async () => {
    project.write({ "app/greeting": "hello there\n" });
    const refused = await project.pulumi(["preview"], { fails: true });
    expect(refused.all).toContain("has changes that are in no commit:");
    expect(refused.all).toContain("app/greeting");

    const env = { TEST_ALLOW_DIRTY: "true" };
    expect(await project.preview({ env })).toEqual([
      "replace app-verify",
      "update app",
      "update app-release",
      "update app-tag",
      "update app-test",
    ]);
    await project.up({ env });
    const dirty = await project.outputs();
    expect(dirty.tag).toMatch(/^[0-9a-f]{12}-dirty\.[0-9a-f]{12}$/);
    expect(dirty.digest).not.toBe(first.digest);

    // Committing what runs is no new image.
    const commit = await project.commit("what runs");
    expect(await project.preview()).toEqual(["update app-tag"]);
    await project.up();
    expect(await project.outputs()).toEqual({ ...dirty, tag: commit });
  });
}

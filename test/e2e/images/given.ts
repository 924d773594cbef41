/** Images without tests, tags of other registries, and what is left when the stack goes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { copyImage } from "../../../components/images/registry/imagetools.ts";
import { resolve } from "../../../components/images/registry/resolve.ts";
import { first, project, repositoryOf } from "./stage.ts";

export function testGivenImages(): void {
  /** Of the last build. */
  const LAST = { TEST_CONTEXT: "plain", TEST_TESTS: "none" };

  test("an image without tests, of a Dockerfile that names no stage, is built and pushed, and the preview says so", async () => {
    const [from = ""] = readFileSync(join(project.home, "app/Dockerfile"), "utf8").split("\n");
    const base = from.replace(/ AS .*/i, "");
    project.write({ "plain/Dockerfile": `${base}\nCOPY word /word\n`, "plain/word": "plain\n" });
    const commit = await project.commit("plain");
    const tested = await project.pulumi(["preview", "--non-interactive"], {
      env: { TEST_CONTEXT: "plain" },
      fails: true,
    });
    expect(tested.all).toContain("`plain/Dockerfile` has no stage `release` and no stage `test`");
    const env = LAST;
    const { all } = await project.pulumi(["preview", "--non-interactive"], { env });
    expect(all).toContain('not tested (`tests: "none"`)');
    const ran = await project.up({ env });
    expect(ran.all).toContain("app: not tested (linux/");
    const { digest, tag } = await project.outputs();
    expect(tag).toBe(commit);
    const contents = Object.values(await project.registry.contents(project.repository, digest));
    expect(contents.some((text) => text.includes("plain\n"))).toBe(true);
    expect(await project.preview({ env })).toEqual([]);
  });

  test("a tag that moves is resolved once, and again when somebody says so", async () => {
    const { ref } = await project.outputs();
    const other = first.ref;
    const moving = `${repositoryOf(ref)}:moving`;
    const image = ref.replace(/@.*/, ":moving");
    for (const [name, value] of Object.entries(project.env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const env = { ...LAST, TEST_PINNED: image };

    await copyImage(ref, image.replace(/:moving$/, ""), "moving");
    await project.up({ env });
    expect((await project.outputs()).pinned).toBe(ref);
    await copyImage(other, image.replace(/:moving$/, ""), "moving");
    expect(await project.registry.digest(moving.replace(":moving", ""), "moving")).toBe(
      other.replace(/^.*@/, ""),
    );
    // It has moved, and nothing changes.
    expect(await project.preview({ env })).toEqual([]);

    const found = [{ name: "store", image, ref: await resolve(image) }];
    expect(found[0]?.ref).toBe(other);
    const update = { ...env, LONGSHORE_UPDATED_IMAGES: JSON.stringify(found) };
    expect(await project.preview({ env: update })).toContain("update store-digest");
    await project.up({ env: update });
    expect((await project.outputs()).pinned).toBe(other);
    expect(await project.preview({ env })).toEqual([]);

    const gone = { ...env, TEST_PINNED: `${image}-that-is-not-there` };
    const { all } = await project.up({ env: gone, fails: true });
    expect(all).toMatch(/Looking at \S+:moving-that-is-not-there failed: .*not found/);
  });

  test("images stay in the registry when the stack goes", async () => {
    const { digest, tag } = await project.outputs();
    await project.pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(await project.registry.digest(project.repository, tag)).toBe(digest);
  });
}

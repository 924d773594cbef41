/** Builds, tests, comparisons and pushes that fail, and the way on from each. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DOCKERFILE, project } from "./stage.ts";

export function testFailures(): void {
  test("a failing test stops the update with its output, and pushes nothing", async () => {
    const good = await project.outputs();
    const tags = await project.registry.tags(project.repository);
    project.write({ "app/greeting": "goodbye\n" });
    await project.commit("broken");
    const { all } = await project.up({ fails: true });
    const errors = all.slice(all.indexOf("\nDiagnostics:"));
    expect(errors).toContain("The tests of `app` failed; nothing was pushed.");
    expect(errors).toContain("not ok: the greeting is 'goodbye'");
    expect(errors).toContain("exit code: 3");
    expect(await project.registry.tags(project.repository)).toEqual(tags);

    // And to a repository that nothing was pushed to, nothing is: not even without a tag.
    const env = { TEST_OTHER_REPOSITORY: `${project.env.TEST_REPOSITORY}-never` };
    await project.up({ env, fails: true });
    expect(await project.registry.tags(`${project.repository}-never`)).toBeUndefined();

    project.write({ "app/greeting": "hello again\n" });
    await project.commit("fixed");
    await project.up();
    expect((await project.outputs()).digest).not.toBe(good.digest);
  });

  test("a build that fails before its tests says so", async () => {
    project.write({
      "app/Dockerfile": DOCKERFILE.replace("CMD", "RUN echo no compiler here; exit 4\nCMD"),
    });
    await project.commit("does not build");
    const { all } = await project.up({ fails: true });
    expect(all).toContain("The build of `app` failed; nothing was pushed. [release 3/3]");
    expect(all).toMatch(/\n +no compiler here\n/);
  });

  test.each([
    [
      "not built from the release",
      "FROM release AS test",
      "FROM debian:trixie-slim AS test\nCOPY greeting /greeting",
    ],
    [
      "set up in another way",
      "FROM release AS test",
      "FROM debian:trixie-slim AS test\nENV GREETING=hi\nCOPY greeting /greeting",
    ],
  ])("a tested image that is %s stops the update before the push", async (_what, from, to) => {
    const tags = await project.registry.tags(project.repository);
    project.write({ "app/Dockerfile": DOCKERFILE.replace(from, to) });
    await project.commit("tests something else");
    const { all } = await project.up({ fails: true });
    expect(all).toContain(
      "The image of `app` that was tested is not the one that would be released",
    );
    expect(all).toContain("`app/Dockerfile`, the stage `test` must start with `FROM release`");
    expect(await project.registry.tags(project.repository)).toEqual(tags);

    const again = await project.up({ fails: true });
    expect(again.all).toContain("is not the one that would be released");
  });

  test("an update that did not finish elsewhere says how to build again, and that works", async () => {
    rmSync(join(project.home, ".longshore"), { recursive: true });
    const { all } = await project.up({ fails: true });
    expect(all).toContain("was built by an update that did not finish");
    const command = /pulumi up (--replace .+)/.exec(all)?.[1];
    project.write({ "app/Dockerfile": DOCKERFILE });
    await project.commit("fixed");
    const args = command!.replaceAll("'", "").trim().split(" ");
    await project.up({ args });
    expect(await project.preview()).toEqual([]);
  });

  test("a push that failed is made up for by the next update, from any clone with the same builder", async () => {
    project.write({ "app/greeting": "hello to the registry\n" });
    const commit = await project.commit("while the registry is down");
    const env = { TEST_OTHER_REPOSITORY: "127.0.0.1:9/nothing/listens/here" };
    const down = await project.up({ env, fails: true });
    expect(down.all).toContain("127.0.0.1:9");

    const folder = await project.clone("four");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await project.up({ folder });
    const { digest, tag } = await project.outputs();
    expect(tag).toBe(commit);
    expect(await project.registry.digest(project.repository, commit)).toBe(digest);
  });

  test("going back to sources that were pushed before pushes what was verified now", async () => {
    project.write({ "app/greeting": "hello to nobody\n" });
    await project.commit("never pushed");
    await project.up({ env: { TEST_OTHER_REPOSITORY: "127.0.0.1:9/nothing" }, fails: true });
    await project.git("revert", "--no-edit", "HEAD");
    await project.up({ args: ["--replace", "**::app-release"] });
    const { digest, tag } = await project.outputs();
    expect(await project.registry.digest(project.repository, tag)).toBe(digest);
  });
}

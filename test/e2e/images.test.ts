// Images built, tested and pushed by a real `pulumi up`, against a real builder and registry. The
// tests are one story: each goes on from the stack that the one before it left.
import { execa } from "execa";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { copyImage } from "../../components/images/imagetools.ts";
import { resolve } from "../../components/images/resolve.ts";
import { ImagesProject } from "./images-project.ts";

const DOCKERFILE = `FROM debian:trixie-slim AS release
ENV GREETING=hello
COPY greeting /greeting
CMD ["cat", "/greeting"]

FROM release AS test
RUN echo "testing in $(hostname | wc -c) letters" \\
 && if ! grep -q hello /greeting; then echo "not ok: the greeting is '$(cat /greeting)'" >&2; exit 3; fi
`;

let project: ImagesProject;
let first: { ref: string; tag: string; digest: string };

beforeAll(async () => {
  project = await ImagesProject.create();
  project.write({
    "app/Dockerfile": DOCKERFILE,
    "app/.dockerignore": "*.md\n",
    "app/greeting": "hello\n",
    "app/README.md": "",
    "docs/readme": "",
  });
});

afterAll(() => project?.remove());

const repositoryOf = (ref: string) => ref.split("@")[0]!.split("/").slice(1).join("/");

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
  first = await project.outputs();
  expect(first.tag).toBe(commit);
  expect(first.ref).toBe(`${project.env.TEST_REPOSITORY}@${first.digest}`);
  expect(await project.registry.tags(project.repository)).toEqual([commit]);
  expect(await project.registry.digest(project.repository, commit)).toBe(first.digest);

  const contents = Object.values(await project.registry.contents(project.repository, first.digest));
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
  expect(all).toContain("The image of `app` that was tested is not the one that would be released");
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

test("secrets and the SSH agent reach the build, and leave no trace", async () => {
  const agent = await startAgent();
  onTestFinished(() => agent.stop());
  const token = `canary-${randomBytes(16).toString("hex")}`;
  const sum = createHash("sha256").update(token).digest("hex");
  const planted = `planted-${randomBytes(16).toString("hex")}`;
  project.write({
    "app/Dockerfile": DOCKERFILE.replace(
      "CMD",
      // Perl asks the agent for its keys, as ssh-add -l does: 11 is SSH_AGENTC_REQUEST_IDENTITIES.
      `RUN --mount=type=secret,id=token test "$(sha256sum < /run/secrets/token)" = "${sum}  -"
RUN --mount=type=ssh perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ENV{SSH_AUTH_SOCK})) or die $!; syswrite(S, pack("NC", 1, 11)); read(S, $n, 4); read(S, $r, unpack("N", $n)); $r =~ /${agent.key}/ or die "no key"'
RUN echo ${planted} > /planted
CMD`,
    ),
  });
  await project.commit("needs a secret and a key");
  const env = { TEST_TOKEN: token, TEST_SSH: "true", SSH_AUTH_SOCK: agent.socket };
  const preview = await project.pulumi(["preview", "--json"], { env });
  const { all } = await project.up({ env });

  const { ref, digest } = await project.outputs();
  const places = {
    ...(await project.registry.contents(repositoryOf(ref), digest)),
    ...filesIn(join(project.home, ".longshore")),
    state: project.readState(),
    preview: preview.all,
    update: all,
  };
  const holding = (text: string) =>
    Object.keys(places).filter((place) => places[place as keyof typeof places].includes(text));
  expect(holding(token)).toEqual([]);
  expect(holding(Buffer.from(token).toString("base64").slice(4, -4))).toEqual([]);
  expect(holding(agent.privateKey)).toEqual([]);
  expect(holding(agent.socket)).toEqual([]);
  expect(Object.keys(places).length).toBeGreaterThan(8);
  // The same look finds what was left on purpose: in a layer, in the history, in the staged context.
  expect(holding(planted).some((place) => place.startsWith("blob "))).toBe(true);
  expect(holding(planted).some((place) => place.endsWith("Dockerfile"))).toBe(true);

  // Another value is no other image.
  expect(await project.preview({ env: { ...env, TEST_TOKEN: "another" } })).toEqual([]);
});

test("without the agent or the secret the build fails, and says what it lacks", async () => {
  project.write({ "app/greeting": "hello with secrets\n" });
  await project.commit("once more");
  const { all } = await project.up({ fails: true, env: { SSH_AUTH_SOCK: "" } });
  expect(all).toMatch(/sha256sum: |\/run\/secrets\/token/);
  const noAgent = await project.pulumi(["preview"], {
    fails: true,
    env: { SSH_AUTH_SOCK: "", TEST_SSH: "true", TEST_TOKEN: "x" },
  });
  expect(noAgent.all).toContain("SSH_AUTH_SOCK");
});

test("several platforms are compared, pushed and tagged together", async () => {
  project.write({
    "app/Dockerfile":
      "FROM scratch AS release\nCOPY greeting /greeting\nFROM release AS test\nCOPY greeting /tested\n",
  });
  const commit = await project.commit("two platforms");
  const env = { TEST_PLATFORMS: "linux/amd64,linux/arm64" };
  await project.up({ env });
  const { digest } = await project.outputs();
  expect(await project.registry.digest(project.repository, commit)).toBe(digest);
  expect(await project.registry.platforms(project.repository, commit)).toEqual([
    "linux/amd64",
    "linux/arm64",
  ]);
  expect(await project.preview({ env })).toEqual([]);
});

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

/** Every file under a folder, by its path. */
function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      return [path, readFileSync(path, "latin1")];
    }),
  );
}

/** A real SSH agent with one key. */
async function startAgent() {
  const socket = join(project.folder, "agent.sock");
  const started = await execa("ssh-agent", ["-s", "-a", socket]);
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started.stdout)?.[1]);
  const file = join(project.folder, "key");
  await execa("ssh-keygen", [
    "-q",
    "-t",
    "ed25519",
    "-N",
    "",
    "-C",
    "longshore-e2e-key",
    "-f",
    file,
  ]);
  await execa("ssh-add", ["-q", file], { env: { SSH_AUTH_SOCK: socket } });
  const privateKey = readFileSync(file, "utf8").split("\n")[2]!;
  return { socket, key: "longshore-e2e-key", privateKey, stop: () => void process.kill(pid) };
}

/** Secrets and SSH keys in builds, and images for several platforms. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { DOCKERFILE, project, repositoryOf } from "./stage.ts";

export function testSecrets(): void {
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
}

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

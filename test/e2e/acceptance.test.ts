// Acceptance tests by a real `pulumi up`: an image beside a redis on a real engine, before it is pushed. The tests are
// one story: each goes on from the stack that the one before it left.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type {
  AcceptanceDefinition,
  AcceptanceRequest,
  ServiceRequest,
} from "../../components/images/acceptance/request.ts";
import { runAcceptance } from "../../components/images/acceptance/run.ts";
import {
  LABEL,
  REPOSITORY,
  sweep,
  ThrowAway,
} from "../../components/images/acceptance/throw-away.ts";
import { alive } from "../support/alive.ts";
import { ROOT } from "../support/test-stack.ts";
import { ImagesProject } from "./images-project.ts";

const DOCKERFILE = `FROM debian:trixie-slim AS release
COPY greeting /greeting
CMD ["bash", "-c", "echo $(cat /greeting) from $REDIS_HOST:$REDIS_PORT; exec sleep infinity"]

FROM release AS test
RUN test -s /greeting
`;
/** A counter in redis that nobody has counted with before, as the image sees it. */
const COUNT = `exec 3<>/dev/tcp/$REDIS_HOST/$REDIS_PORT; printf 'INCR hits\\r\\n' >&3; read -r answer <&3
echo "redis says $answer"; [[ $answer == ":1"* ]]`;
const token = `canary-${randomBytes(16).toString("hex")}`;
const sum = createHash("sha256").update(token).digest("hex");

let project: ImagesProject;
let volumes: string[];

beforeAll(async () => {
  project = await ImagesProject.create("acceptance-program.ts");
  await sweep(project.docker);
  volumes = await volumesOnEngine();
  project.write({ "app/Dockerfile": DOCKERFILE, "app/greeting": "hello\n" });
  cpSync(join(ROOT, "identidock/redis"), join(project.home, "store"), { recursive: true });
  await project.commit("all of it");
});

afterAll(async () => {
  await project?.remove();
  for (const { Id, RepoDigests } of (await project?.docker.listImages()) ?? []) {
    const own = RepoDigests?.some((ref) => ref.includes(`/${project.repository}`));
    if (own) await project.docker.getImage(Id).remove({ force: true });
  }
});

async function volumesOnEngine(): Promise<string[]> {
  const { Volumes } = await project.docker.listVolumes();
  return (Volumes ?? []).map(({ Name }) => Name);
}

/** What tests have on the engine now. */
async function onEngine(): Promise<string[]> {
  const filters = { label: [LABEL] };
  const containers = await project.docker.listContainers({ all: true, filters });
  const networks = await project.docker.listNetworks({ filters });
  const images = await project.docker.listImages();
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const made = (await volumesOnEngine()).filter((name) => !volumes.includes(name));
  return [
    ...made.map((name) => `volume ${name}`),
    ...containers.map(({ Names }) => `container ${Names[0]?.slice(1)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...tags.filter((tag) => tag.startsWith(REPOSITORY)).map((tag) => `image ${tag}`),
  ].sort();
}

/** The environment of an update whose image is tested so. */
const bash = (script: string, more: object = {}) => ({
  TEST_ACCEPTANCE: JSON.stringify({ command: ["bash", "-ec", script], ...more }),
});

const accepted = bash(`${COUNT}; test "$(printf %s "$TOKEN" | sha256sum)" = "${sum}  -"`);

test("an image is tested beside a redis, pushed, and nothing of it is left", async () => {
  const env = { ...accepted, TEST_TOKEN: token };
  const { all } = await project.up({ env });
  expect(all).toMatch(/app: accepted in \d+\.\d s beside redis/);
  const { digest, tag } = await project.outputs();
  expect(await project.registry.digest(project.repository, tag)).toBe(digest);
  expect(await onEngine()).toEqual([]);

  expect(await project.preview({ env })).toEqual([]);
  expect(project.readState()).not.toContain(token);
  expect(project.readState()).toContain("app-acceptance"); // where a token in plain would be
});

test("one that fails shows what was printed but secrets, pushes nothing, and leaves nothing", async () => {
  const tags = await project.registry.tags(project.repository);
  project.write({ "app/greeting": "goodbye\n" });
  await project.commit("another image");
  const env = { ...bash(`${COUNT}; echo "not ok: $TOKEN"; exit 3`), TEST_TOKEN: token };
  const { all } = await project.up({ env, fails: true });
  expect(all).toContain("The acceptance test of `app` failed; nothing was pushed.");
  expect(all).toContain("`app` exited with code 3. Look at its log lines below.");
  expect(all).toMatch(/`app` printed:\n +redis says :1\n +not ok: \[secret\]\n/);
  expect(all).toMatch(/Last lines of `redis`:\n(.*\n)*.*Ready to accept connections/);
  expect(all).not.toContain(token);
  expect(await project.registry.tags(project.repository)).toEqual(tags);
  expect(await onEngine()).toEqual([]);

  const never = await project.up({ env: bash("sleep infinity", { timeout: 1 }), fails: true });
  expect(never.all).toContain("`app` did not end within 1 s.");
  expect(await project.registry.tags(project.repository)).toEqual(tags);
  expect(await onEngine()).toEqual([]);
});

test("a cancelled update leaves nothing; what a killed one left goes with the next, and nobody else's", async () => {
  const env = bash("echo begun; sleep infinity");
  const cancelled = await begin(env);
  // Of the test: the program that started it, the plugin, and the command that was typed.
  const typed = parentOf(parentOf(parentOf(cancelled.pid)));
  process.kill(typed, "SIGINT");
  const { all } = await cancelled.failed;
  expect(all).toContain("The acceptance test was interrupted");
  await expect.poll(onEngine, { timeout: 30_000 }).toEqual([]);
  expect(alive(cancelled.pid)).toBe(false);

  const killed = await begin(env);
  process.kill(killed.pid, "SIGKILL");
  expect((await killed.failed).all).toContain(
    "The acceptance test was killed; the next one removes",
  );
  const left = await onEngine();
  expect(left.map((one) => one.split(" ")[0])).toEqual([
    "container",
    "container",
    "image",
    "network",
    "volume",
  ]);

  const living = await ThrowAway.open(project.docker, 60);
  onTestFinished(() => living.remove());
  await project.up({ env: accepted, fails: true }); // without its token
  expect(await onEngine()).toEqual([`network ${REPOSITORY}-${living.id}`]);
});

test("a server passes once it has printed what it shall, beside a second one of itself", async () => {
  const listen = `use Socket; socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
bind(S, sockaddr_in(8080, INADDR_ANY)); listen(S, 5); sleep 600`;
  const twin = {
    entrypoint: ["/usr/bin/perl", "-e", listen],
    // Where `cat` is not found: its sockets are looked at with another image.
    environment: { PATH: "/nowhere" },
    port: 8080,
    healthCheck: { command: ["/bin/true"] },
  };
  const env = {
    TEST_ACCEPTANCE: JSON.stringify({ output: "goodbye from redis:6379", services: { twin } }),
  };
  const { all } = await project.up({ env });
  expect(all).toMatch(/accepted in \d+\.\d s beside redis, twin/);

  // Elsewhere it is not where it was built any more, but in the registry.
  rmSync(join(project.home, ".longshore"), { recursive: true });
  const again = await project.up({
    env: bash('bash -c "exec 3<>/dev/tcp/twin/8080"', { services: { twin } }),
  });
  expect(again.all).toMatch(/accepted in \d+\.\d s beside redis, twin/);
  expect(await onEngine()).toEqual([]);
});

test.each<[string, Partial<AcceptanceDefinition>, string]>([
  ["a command that ends badly", { command: ["sh", "-c", "exit 4"] }, "`app` exited with code 4."],
  [
    "one that is not there",
    { command: ["nope"] },
    "its command `nope` does not exist in the image",
  ],
  ["one that does not print", { command: ["true"], output: "bye" }, "and never printed `bye`."],
  ["a server that is to end", { timeout: 1 }, "or say what it prints when it is ready"],
  ["one that never is ready", { timeout: 1, output: "ready" }, "has not printed `ready` ("],
  [
    "a service that ends before it is ready",
    { services: [service({ command: ["false"], port: 6379 })] },
    "`a` exited with code 1.",
  ],
  [
    "a service that ends during the test",
    { services: [service({ command: ["sleep", "1"] })], timeout: 3 },
    "`a` has ended with code 0; its last lines:",
  ],
  [
    "a service that does not listen",
    { services: [service({ port: 6379 })], timeout: 1 },
    "`a` was not ready in time: nothing listens on port 6379 where others can reach it.",
  ],
  [
    "a service that is not healthy",
    {
      services: [service({ healthCheck: { command: ["sh", "-c", "echo not yet; false"] } })],
      timeout: 3,
    },
    "`a` was not ready in time: its health check has not passed (not yet).",
  ],
  [
    "an image that the registry does not have",
    { services: [service({ image: `127.0.0.1:9/none@sha256:${"1".repeat(64)}` })] },
    "Registry 127.0.0.1:9 does not answer the host (connection refused). Start the registry",
  ],
])("%s fails, and says why", async (_what, definition, why) => {
  const { digest } = await project.outputs();
  const request: AcceptanceRequest = {
    ...{ name: "app", digest, layout: "none", repository: project.env.TEST_REPOSITORY ?? "" },
    ...{ environment: {}, services: [], timeout: 60, secrets: [], ...definition },
  };
  const { signal } = new AbortController();
  const run = runAcceptance(request, project.docker, { log: () => {}, signal });
  await expect(run).rejects.toThrow(why);
  expect(await onEngine()).toEqual([]);
});

/** The very image, as a service. */
function service(more: Partial<ServiceRequest>): ServiceRequest {
  return { name: "a", environment: {}, ...more };
}

/** An update in the midst of its test. */
async function begin(env: Record<string, string>) {
  const failed = project.up({ env, fails: true });
  let labels: Record<string, string> = {};
  await expect
    .poll(
      async () => {
        const filters = { label: [LABEL] };
        labels = (await project.docker.listNetworks({ filters }))[0]?.Labels ?? {};
        return (await project.docker.listContainers({ filters })).length;
      },
      { timeout: 60_000 },
    )
    .toBe(2);
  return { pid: Number(labels[`${LABEL}.pid`]), failed };
}

function parentOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
}

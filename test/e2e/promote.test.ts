/**
 * Two stacks that pull from a registry each: the second runs exactly the images of the first, copied by
 * digest, and goes back without giving up a secret that was changed since.
 */
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ignoring } from "../../components/engine/errors.ts";
import { type Release, longshore, program } from "../support/command-line.ts";
import { serving, tempFolder } from "../support/command-line.ts";
import { Load } from "../support/load/index.ts";
import { Registry } from "../support/registry.ts";
import { type SecondRegistry, startSecondRegistry } from "../support/second-registry.ts";
import { TestStack, commit } from "../support/test-stack.ts";

let from: TestStack;
let to: TestStack;
let registry: SecondRegistry;
const rotated = "canary-of-the-changed-key";

beforeAll(async () => {
  from = await TestStack.create("promote-from");
  registry = await startSecondRegistry(from.workbench);
  from.mayPushTo(registry.address, registry.credentials);
  to = await from.beside("promote-to");
  await to.configure({ registry: registry.address });
  // The greeting tells whose configuration is served.
  const text = program({ repository: "promote-e2e", greeting: "pulumi.getStack()" });
  writeFileSync(join(from.folder, "index.ts"), text);
  await commit(from.folder, "the first version");
  await up(to);
  appendFileSync(
    join(from.folder, "identidock/dnmonster/src/main.ts"),
    "\n// the second version\n",
  );
  await commit(from.folder, "the second version");
  await up(from);
});

afterAll(async () => {
  try {
    await to?.destroy();
  } finally {
    await from?.destroy();
    await removeImages();
    await registry?.stop();
  }
});

/** Of the engine; the second registry takes its own along. */
async function removeImages(): Promise<void> {
  const found = await from.docker.listImages();
  const refs = found.flatMap(({ RepoTags, RepoDigests }) => [RepoTags, RepoDigests].flat());
  for (const ref of refs.filter((one) => /\/promote-(e2e|from|to)\//.test(one ?? ""))) {
    await ignoring([404], from.docker.getImage(ref ?? "").remove({ force: true }));
  }
}

describe("a promotion from one registry to another", () => {
  it("releases the same digests, copied, with the target's configuration, secrets and nothing built", async () => {
    const [source] = await releases(from);
    const [before] = await releases(to);
    expect(source?.services.web).not.toBe(before?.services.web);
    await to.configure({ builder: "a-builder-that-is-not-there" });

    const load = Load.start(`${to.url}/health`, { rate: 50 });
    const args = ["promote", from.name, to.name, "--yes", "--json"];
    const promoted = await longshore(to, args, { named: true });
    const result = await load.stop();
    expect(promoted.exitCode, promoted.stderr).toBe(0);
    expect(result.failures).toEqual([]);
    expect(result.requests).toBeGreaterThan(100);
    for (const name of ["proxy", "web"]) {
      expect(promoted.stderr).toContain(`copying ${name} to ${repository(name)}\n`);
    }
    expect(JSON.parse(promoted.stdout)).toMatchObject({
      release: 2,
      status: "serves",
      services: source?.services,
      images: {
        proxy: `${repository("proxy")}@${digestOf(source, "proxy")}`,
        web: `${repository("web")}@${digestOf(source, "web")}`,
      },
    });
    expect(await serving(to)).toEqual({ GREETING: to.name, TOKEN: to.sessionKey });
  });

  it("has put the images into the target's registry, from which its host has them", async () => {
    const [source] = await releases(from);
    const [before] = await releases(to);
    const second = new Registry(registry.address);
    const tags = [before, source].map((release) => release?.services.web ?? "");
    expect(await second.tags("promote-e2e/web")).toEqual(tags.sort());
    const digest = digestOf(source, "web");
    expect(await second.digest("promote-e2e/web", source?.services.web ?? "")).toBe(digest);

    const [copy] = (await to.containers()).web ?? [];
    const { Image } = await to.docker.getContainer(copy?.id ?? "").inspect();
    const { RepoDigests } = await to.docker.getImage(Image).inspect();
    expect(RepoDigests).toContain(`${repository("web")}@${digest}`);
  });

  it("leaves the source as it was, and no instruction behind", async () => {
    expect((await releases(from)).map(({ status }) => status)).toEqual(["serves"]);
    expect(await serving(from)).toEqual({ GREETING: from.name, TOKEN: from.sessionKey });
    expect(instructions()).toEqual([]);
  });
});

describe("a rollback that keeps a secret", () => {
  it("is refused for one that the program does not have", async () => {
    await to.setSecret("sessionKey", rotated);
    const refused = await longshore(to, ["rollback", "--yes", "--keep-secret", "TOKNE"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      "--keep-secret TOKNE: the program defines no secret of that name. It defines: TOKEN.",
    );
    expect(await serving(to)).toEqual({ GREETING: to.name, TOKEN: to.sessionKey });
  });

  it("brings the images of then, and the value of now", async () => {
    const back = await longshore(to, ["rollback", "--yes", "--keep-secret", "TOKEN"]);
    expect(back.exitCode, back.stderr).toBe(0);
    expect(back.stderr).toContain("From release 2 back to release 1");
    expect(back.stderr).toContain("Secrets that keep the program's value: TOKEN.");
    expect(back.stderr).not.toContain("Secrets that get the values of then");
    expect(await serving(to)).toEqual({ GREETING: to.name, TOKEN: rotated });
    const [one, two, three] = await releases(to);
    expect(three?.images).toEqual(one?.images);
    expect([two?.status, three?.rollbackTo]).toEqual(["rolled back by release 3", 1]);
    expect(instructions()).toEqual([]);
  });
});

async function up(stack: TestStack): Promise<void> {
  const { exitCode, stderr } = await longshore(stack, ["up", "--yes"]);
  expect(exitCode, stderr).toBe(0);
}

async function releases(stack: TestStack): Promise<Release[]> {
  return JSON.parse((await longshore(stack, ["releases", "--json"])).stdout) as Release[];
}

/** Where the target pulls a service from. */
const repository = (service: string) => `${registry.address}/promote-e2e/${service}`;

function digestOf(release: Release | undefined, service: string): string {
  return /@(sha256:[0-9a-f]{64})$/.exec(release?.images[service] ?? "")?.[1] ?? "no digest";
}

/** Files that a rollback or a promotion hands over, secrets among them. */
const instructions = () =>
  readdirSync(tempFolder(to)).filter((name) => name.startsWith("longshore-"));

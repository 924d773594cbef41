import * as pulumi from "@pulumi/pulumi";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test, vi } from "vitest";
import { writeInstruction } from "../../../components/releases/instruction-file.ts";
import { write } from "./temp.ts";
import {
  ARGS,
  CA,
  COMPONENT,
  DIGESTS,
  IMAGE,
  Image,
  SECRET,
  before,
  build,
  commit,
  inputsOf,
  project,
  sent,
  valueOf,
} from "./registered.ts";

test("is five resources: release, test, compare, push, tag, each after the one before", async () => {
  await build();
  const list = sent.map(({ type, name, parent, dependencies, retainOnDelete }) => ({
    ...{ type, name, parent, dependencies, retainOnDelete },
  }));
  expect(list).toEqual([
    { ...at(COMPONENT, "app"), parent: "", dependencies: [], retainOnDelete: false },
    { ...at(IMAGE, "app-release"), dependencies: [], retainOnDelete: false },
    { ...at(IMAGE, "app-test"), dependencies: ["app-release"], retainOnDelete: false },
    {
      ...at("command:local:Command", "app-verify"),
      dependencies: ["app-release", "app-test"],
      retainOnDelete: false,
    },
    { ...at(IMAGE, "app"), dependencies: ["app-release", "app-verify"], retainOnDelete: true },
    { ...at(IMAGE, "app-tag"), dependencies: ["app", "app-release"], retainOnDelete: true },
  ]);
});

const at = (type: string, name: string) => ({ type, name, parent: "app" });

test("gives exactly these inputs", async () => {
  await build();
  const context = /^\.longshore\/contexts\/app\/[0-9a-f]{16}\/context$/;
  const build_ = {
    builder: { name: "longshore" },
    buildOnPreview: false,
    context: { location: expect.stringMatching(context) as string },
    dockerfile: {
      location: expect.stringMatching(
        /^\.longshore\/contexts\/app\/[0-9a-f]{16}\/Dockerfile$/,
      ) as string,
    },
    ignoreSecretsInDiffCalculation: ["ca"],
    network: "default",
    push: false,
    secrets: { secret: { ca: CA } },
  };
  expect(inputsOf("app-test")).toEqual({
    ...build_,
    // Takes the place of the Dockerfile's stage: the tests run on the image that is pushed.
    context: {
      ...build_.context,
      named: {
        release: {
          location: `oci-layout://.longshore/images/production/app/release@${DIGESTS["app-release"]}`,
        },
      },
    },
    target: "test",
    exports: [{ oci: { dest: ".longshore/images/production/app/test", tar: false } }],
  });
  expect(inputsOf("app-release")).toEqual({
    ...build_,
    target: "release",
    exports: [{ oci: { dest: ".longshore/images/production/app/release", tar: false } }],
  });
  const rest = {
    builder: { name: "longshore" },
    buildOnPreview: false,
    network: "default",
    push: false,
  };
  expect(inputsOf("app")).toEqual({
    ...rest,
    context: {
      location: ".longshore/contexts/empty",
      named: {
        verified: {
          location: `oci-layout://.longshore/images/production/app/release@${DIGESTS["app-release"]}`,
        },
      },
    },
    dockerfile: { inline: "FROM verified\n" },
    exports: [
      {
        image: {
          names: ["127.0.0.1:5055/identidock/app"],
          push: true,
          pushByDigest: true,
          nameCanonical: true,
          ociMediaTypes: true,
        },
      },
    ],
  });
  expect(inputsOf("app-tag")).toEqual({
    ...rest,
    context: { location: ".longshore/contexts/empty" },
    dockerfile: { inline: `FROM 127.0.0.1:5055/identidock/app@${DIGESTS["app-release"]}\n` },
    exports: [
      {
        image: {
          names: [`127.0.0.1:5055/identidock/app:${commit}`],
          push: true,
          ociMediaTypes: true,
        },
      },
    ],
  });
  const program = relative(project, join(before, "components/images/verify-program.ts"));
  expect(inputsOf("app-verify")).toEqual({
    interpreter: ["node", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e"],
    create: `import "${program}";`,
    update: "true",
    triggers: [DIGESTS["app-test"], DIGESTS["app-release"]],
    environment: {
      LONGSHORE_IMAGE: "app",
      LONGSHORE_DOCKERFILE: "app/Dockerfile",
      LONGSHORE_STAGES: "release,test",
      LONGSHORE_TEST_LAYOUT: ".longshore/images/production/app/test",
      LONGSHORE_TEST_DIGEST: DIGESTS["app-test"],
      LONGSHORE_RELEASE_LAYOUT: ".longshore/images/production/app/release",
      LONGSHORE_RELEASE_DIGEST: DIGESTS["app-release"],
    },
    addPreviousOutputInEnv: false,
  });
});

test("the program that compares is where the state says", async () => {
  await build();
  const path = /"(.+)"/.exec(inputsOf("app-verify").create as string)?.[1];
  expect(existsSync(join(project, path!))).toBe(true);
});

test("is named by the verified digest for machines and by its commit for people", async () => {
  const image = await build();
  const release = DIGESTS["app-release"];
  expect(await valueOf(image.digest)).toBe(release);
  expect(await valueOf(image.ref)).toBe(`127.0.0.1:5055/identidock/app@${release}`);
  expect(await valueOf(image.tag)).toBe(commit);
});

test("nothing in the inputs depends on the machine or the clone", async () => {
  await build();
  expect(JSON.stringify(sent.map((one) => one.inputs))).not.toContain(project);
  expect(JSON.stringify(sent.map((one) => one.inputs))).not.toContain(`"${before}`);
});

test("secrets are secret, given to builds alone, and no change if they change", async () => {
  const password = pulumi.secret("canary-password");
  await build({
    secrets: { token: pulumi.output("canary-token"), key: "canary-key" },
    registryAuth: { username: "me", password },
  });
  for (const name of ["app-test", "app-release"]) {
    expect(inputsOf(name).secrets).toEqual({
      secret: { ca: CA, token: "canary-token", key: "canary-key" },
    });
    expect(inputsOf(name).ignoreSecretsInDiffCalculation).toEqual(["ca", "key", "token"]);
  }
  const auth = { address: "127.0.0.1:5055", username: "me", password: "canary-password" };
  for (const name of ["app-test", "app-release", "app", "app-tag"]) {
    expect(inputsOf(name).registries).toEqual({ secret: [auth] });
  }
  expect(inputsOf("app")).not.toHaveProperty("secrets");
  expect(inputsOf("app-tag")).not.toHaveProperty("secrets");
  expect(JSON.stringify(inputsOf("app-verify"))).not.toContain("canary");
  // What is not wrapped as a secret: nothing with a canary in it.
  const clear = JSON.stringify(sent, (_key, value: unknown) =>
    typeof value === "object" && value !== null && SECRET in value ? "secret" : value,
  );
  expect(clear).not.toContain("canary");
});

test("without a private CA the secret is there and empty, so that a CA elsewhere is no change", async () => {
  write(project, { ".longshore/none.pem": "" });
  await build({ ca: ".longshore/none.pem" });
  expect(inputsOf("app-test").secrets).toEqual({ secret: { ca: "" } });
});

test("passes on platforms, build arguments, SSH and caches; the release leaves a cache", async () => {
  await build({
    platforms: ["linux/amd64", "linux/arm64"],
    buildArgs: { VERSION: "1" },
    ssh: true,
    cacheFrom: ["type=registry,ref=ghcr.io/you/cache:app"],
    cacheTo: ["type=registry,ref=ghcr.io/you/cache:app,mode=max"],
  });
  for (const name of ["app-test", "app-release"]) {
    expect(inputsOf(name)).toMatchObject({
      platforms: ["linux/amd64", "linux/arm64"],
      buildArgs: { VERSION: "1" },
      ssh: [{ id: "default" }],
      cacheFrom: [{ raw: "type=registry,ref=ghcr.io/you/cache:app" }],
    });
  }
  for (const name of ["app", "app-tag"]) {
    expect(inputsOf(name).platforms).toEqual(["linux/amd64", "linux/arm64"]);
  }
  expect(inputsOf("app-release").cacheTo).toEqual([
    { raw: "type=registry,ref=ghcr.io/you/cache:app,mode=max" },
  ]);
  expect(inputsOf("app-test")).not.toHaveProperty("cacheTo");
});

test("uncommitted changes are refused, or named by their content where they are allowed", async () => {
  write(project, { "app/src": "changed" });
  try {
    expect(() => new Image("app", ARGS)).toThrow("has changes that are in no commit:\n  app/src\n");
    const image = await build({ allowDirty: true });
    expect(await valueOf(image.tag)).toMatch(new RegExp(`^${commit}-dirty\\.[0-9a-f]{12}$`));
  } finally {
    write(project, { "app/src": "source" });
  }
});

test("an update that is told its images builds and registers nothing, and names those", async () => {
  const ref = `127.0.0.1:5055/identidock/app@sha256:${"9".repeat(64)}`;
  const variables = writeInstruction(project, { images: { web: { ref, tag: "v9" } } });
  Object.assign(process.env, variables);
  try {
    const image = await build();
    expect(sent.map(({ type }) => type)).toEqual([COMPONENT]);
    expect([await valueOf(image.ref), await valueOf(image.tag)]).toEqual([ref, "v9"]);
    expect(await valueOf(image.digest)).toBe(`sha256:${"9".repeat(64)}`);
    const other = await build({ repository: "127.0.0.1:5055/identidock/other" });
    expect(await valueOf(other.ref)).toBe(
      "127.0.0.1:5055/identidock/other:not-part-of-this-release",
    );
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
});

test("the repository and the builder may be outputs", async () => {
  const image = await build({
    repository: pulumi.output("ecr.example/app"),
    builder: pulumi.output("remote"),
  });
  expect(await valueOf(image.ref)).toBe(`ecr.example/app@${DIGESTS["app-release"]}`);
  expect(inputsOf("app-tag").exports).toMatchObject([
    { image: { names: [`ecr.example/app:${commit}`] } },
  ]);
});

test("an image without tests is four resources, and a preview says that it has none", async () => {
  const info = vi.spyOn(pulumi.log, "info").mockResolvedValue();
  const preview = vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
  try {
    await build({ context: "single", tests: "none" });
    expect(info).toHaveBeenCalledWith('not tested (`tests: "none"`)', expect.anything());
  } finally {
    preview.mockRestore();
    info.mockRestore();
  }
  const made = sent.filter(({ type }) => type !== COMPONENT).map(({ name }) => name);
  expect(made).toEqual(["app-release", "app-verify", "app", "app-tag"]);
  // The Dockerfile's last stage, which needs no name.
  expect(inputsOf("app-release")).not.toHaveProperty("target");
  expect(inputsOf("app-verify")).toMatchObject({
    triggers: [DIGESTS["app-release"]],
    environment: { LONGSHORE_STAGES: ",", LONGSHORE_TEST_DIGEST: "" },
  });
});

test("a Dockerfile may name its stages as it likes", async () => {
  write(project, { "single/Dockerfile": "FROM scratch AS Runtime\nFROM runtime AS check\n" });
  const stages = { release: "runtime", test: "check" };
  await build({ context: "single", stages, allowDirty: true });
  expect(inputsOf("app-release")).toMatchObject({ target: "runtime" });
  expect(inputsOf("app-test")).toMatchObject({
    target: "check",
    context: { named: { runtime: { location: expect.stringContaining("oci-layout") as string } } },
  });
});

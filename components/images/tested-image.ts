/**
 * An image that is built, tested, and pushed only if its tests passed.
 *
 * Five resources, because each of docker-build's exports to one place: the tested image and the
 * release are built into local folders and compared; only then the release is pushed from there, by
 * digest alone; last, its digest gets the tag. A new tag for the same content (a commit that changes
 * nothing in the image) therefore builds nothing and leaves `ref` as it is.
 */
import * as command from "@pulumi/command";
import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../node-program.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accept } from "./acceptance/accept.ts";
import { watchBuild, watchPush } from "./build/failed-builds.ts";
import { privateCertificates } from "./context/ca.ts";
import { CA_SECRET, findFaults } from "./check-args.ts";
import { givenImage, readGivenImages } from "./given-images.ts";
import { makePrivate, stageContext, stageEmptyContext } from "./context/stage.ts";
import { missingStage, stagesOf } from "./context/stages.ts";
import { imageTag } from "./context/tag.ts";
import type { VerifyEnvironment } from "./build/verify.ts";
import type { RegistryAuthArgs, TestedImageArgs } from "./args.ts";

/** Where the program keeps staged contexts and builds, relative to its folder; ignored by git. */
const FOLDER = ".longshore";

export class TestedImage extends pulumi.ComponentResource {
  /** The image by digest, e.g. `127.0.0.1:5055/identidock/app@sha256:…`: what to run. */
  public readonly ref: pulumi.Output<string>;
  /** Its tag, for people: the last commit that touched the context, e.g. `0a1b2c3d4e5f`. */
  public readonly tag: pulumi.Output<string>;
  /** Its digest, e.g. `sha256:…`. */
  public readonly digest: pulumi.Output<string>;

  constructor(name: string, args: TestedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:images:TestedImage", name, {}, opts);
    const faults = findFaults(name, args);
    if (faults.length > 0) {
      const message = `The image \`${name}\` cannot be built as it is defined.`;
      throw new pulumi.InputPropertiesError({ message, errors: faults });
    }

    const images = readGivenImages();
    if (images !== undefined) {
      // The builds of before stay in the state: the command that gives the images leaves them out.
      const given = pulumi.output(args.repository).apply((path) => givenImage(images, path));
      this.ref = given.ref;
      this.tag = given.tag;
      this.digest = given.ref.apply((ref) => ref.replace(/^.*@/, ""));
      this.registerOutputs({ ref: this.ref, tag: this.tag, digest: this.digest });
      return;
    }

    const { context, dockerfile, allowDirty = false, buildNumber } = args;
    const contexts = join(FOLDER, "contexts");
    const staged = stageContext({ name, context, dockerfile, folder: contexts });
    const { hash: contextHash, ignores } = staged;
    const stages = stagesOf(args);
    const path = dockerfile ?? join(context, "Dockerfile");
    const missing = missingStage(path, readFileSync(path, "utf8"), stages);
    if (missing !== undefined) throw new pulumi.RunError(missing);
    const tag = imageTag({ context, dockerfile, contextHash, ignores, allowDirty, buildNumber });
    const repository = pulumi.output(args.repository);

    if (!pulumi.runtime.isDryRun()) makePrivate(join(FOLDER, "images"));
    const builds = join(FOLDER, "images", pulumi.getStack(), name);
    const shared = {
      builder: { name: args.builder },
      platforms: args.platforms as dockerBuild.Platform[] | undefined,
      registries: args.registryAuth && [registry(args.registryAuth, repository)],
      buildOnPreview: false,
      push: false,
    };
    const build = {
      ...shared,
      context: { location: staged.context },
      dockerfile: { location: staged.dockerfile },
      buildArgs: args.buildArgs,
      cacheFrom: args.cacheFrom?.map((raw) => ({ raw })),
      secrets: { [CA_SECRET]: privateCertificates(args.ca), ...args.secrets },
      // A secret is no part of the image, and the CA differs from machine to machine.
      ignoreSecretsInDiffCalculation: [CA_SECRET, ...Object.keys(args.secrets ?? {})].sort(),
      ssh: args.ssh ? [{ id: "default" }] : undefined,
    };
    const layout = (target: string) => join(builds, target);

    const release = new dockerBuild.Image(
      `${name}-release`,
      {
        ...build,
        target: stages.release,
        cacheTo: args.cacheTo?.map((raw) => ({ raw })),
        exports: [{ oci: { dest: layout("release"), tar: false } }],
      },
      { parent: this },
    );
    // The very image that was built, not another build of its sources: those need not be equal.
    const releaseImage = pulumi.interpolate`oci-layout://${layout("release")}@${release.digest}`;
    const test =
      stages.test === undefined
        ? undefined
        : new dockerBuild.Image(
            `${name}-test`,
            {
              ...build,
              // Takes the place of the stage that runs, so that `FROM` that stage is that image.
              context: {
                location: staged.context,
                named: { [stages.release ?? ""]: { location: releaseImage } },
              },
              target: stages.test,
              exports: [{ oci: { dest: layout("test"), tar: false } }],
            },
            { parent: this, dependsOn: release },
          );
    if (test === undefined && pulumi.runtime.isDryRun()) {
      void pulumi.log.info(`not tested (\`tests: "none"\`)`, this);
    }
    for (const [target, built] of Object.entries({ test, release })) {
      if (built === undefined) continue;
      const from = { name, target, builder: args.builder, context: staged.context };
      watchBuild(this, from, built.digest);
    }
    const verified = new command.local.Command(
      `${name}-verify`,
      {
        ...nodeProgram("verify"),
        update: "true", // only the digests matter, and those are triggers
        triggers: [...(test === undefined ? [] : [test.digest]), release.digest],
        environment: {
          LONGSHORE_IMAGE: name,
          LONGSHORE_DOCKERFILE: path,
          LONGSHORE_STAGES: [stages.release, stages.test].join(),
          LONGSHORE_TEST_LAYOUT: layout("test"),
          LONGSHORE_TEST_DIGEST: test?.digest ?? "",
          LONGSHORE_RELEASE_LAYOUT: layout("release"),
          LONGSHORE_RELEASE_DIGEST: release.digest,
        } satisfies Record<keyof VerifyEnvironment, pulumi.Input<string>>,
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    const built = { name, layout: layout("release"), digest: release.digest, repository };
    const accepted = args.acceptance && accept(this, built, args.acceptance, verified);
    // Images stay in the registry when the stack goes: others may run them, and rollbacks need them.
    const keep = { parent: this, retainOnDelete: true };
    const empty = { location: stageEmptyContext(contexts) };
    const push = new dockerBuild.Image(
      name,
      {
        ...shared,
        context: { ...empty, named: { verified: { location: releaseImage } } },
        dockerfile: { inline: "FROM verified\n" },
        exports: [
          {
            image: {
              names: [repository],
              push: true,
              pushByDigest: true,
              nameCanonical: true,
              ociMediaTypes: true,
            },
          },
        ],
      },
      { ...keep, dependsOn: accepted ?? verified },
    );
    watchPush(this, { name, layout: layout("release"), digest: release.digest }, push.digest);
    // From the registry, so that any machine can tag what another one pushed; and by the verified
    // digest, so that it fails if anything else was pushed.
    const tagged = new dockerBuild.Image(
      `${name}-tag`,
      {
        ...shared,
        context: empty,
        dockerfile: { inline: pulumi.interpolate`FROM ${repository}@${release.digest}\n` },
        // Not as `tags`: a refresh would look for those, and only over TLS.
        exports: [
          {
            image: {
              names: [pulumi.interpolate`${repository}:${tag}`],
              push: true,
              ociMediaTypes: true,
            },
          },
        ],
      },
      { ...keep, dependsOn: push },
    );

    this.tag = pulumi.output(tag);
    // The id is there once the tag is, and stays when it changes; so a new tag is no new `ref`.
    this.digest = pulumi.all([release.digest, tagged.id]).apply(([digest]) => digest);
    this.ref = pulumi.interpolate`${repository}@${this.digest}`;
    this.registerOutputs({ ref: this.ref, tag: this.tag, digest: this.digest });
  }
}

function registry(auth: RegistryAuthArgs, repository: pulumi.Output<string>) {
  return {
    address: auth.address ?? repository.apply((path) => path.split("/")[0] ?? path),
    username: auth.username,
    password: pulumi.secret(auth.password),
  };
}

/** An image of a registry, by a tag that moves: pinned when it is first used, and again when somebody says so. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../node-program.ts";
import { findTagFault, repositoryOf, tagOf } from "../../services/values/image-reference.ts";
import type { PinnedImage } from "../../releases/exported-state.ts";
import type { ResolveEnvironment } from "./resolve.ts";

export interface RegistryImageArgs {
  /** Repository and tag, without a digest. @example "postgres:17" */
  image: string;
}

/**
 * Resolves a tag to a digest once and keeps that in the state: what runs changes by `longshore images update`
 * alone, and shows in its preview.
 * @example worker({ image: new RegistryImage("mail", { image: "axllent/mailpit:v1.21" }), … })
 */
export class RegistryImage extends pulumi.ComponentResource {
  /** The image by digest, e.g. `postgres@sha256:…`: what to run. */
  public readonly ref: pulumi.Output<string>;
  /** Its tag, for people. */
  public readonly tag: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError if `image` has no tag that says a version, or a digest. */
  constructor(name: string, args: RegistryImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:images:RegistryImage", name, {}, opts);
    const { image } = args;
    const fault = imageFault(image);
    if (fault !== undefined) {
      const message = `The image \`${name}\` cannot be resolved as it is defined.`;
      throw new pulumi.InputPropertiesError({
        message,
        errors: [{ propertyPath: "image", reason: fault }],
      });
    }
    const updated = updatedRef(name, image);
    if (pulumi.runtime.isDryRun() && updated !== undefined) {
      void pulumi.log.info(`${image} is ${updated}`, this);
    }
    const resolved = new command.local.Command(
      `${name}-digest`,
      {
        ...nodeProgram("resolve"),
        stdin: image,
        environment: {
          LONGSHORE_RESOLVED: updated === undefined ? "" : `${image} ${updated}`,
        } satisfies Record<keyof ResolveEnvironment, pulumi.Input<string>>,
        logging: command.local.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      // What it was resolved to last stays, until it is to be updated.
      { parent: this, ...(updated === undefined ? { ignoreChanges: ["environment"] } : {}) },
    );
    this.ref = updated === undefined ? resolved.stdout : pulumi.output(updated);
    this.tag = pulumi.output(tagOf(image));
    this.registerOutputs({ ref: this.ref, tag: this.tag });
  }
}

/** What is wrong with a reference that a tag is to be resolved of; undefined if nothing is. */
function imageFault(image: string): string | undefined {
  if (image.includes("@")) {
    return `\`${image}\` has a digest already: give it to the service as it is.`;
  }
  const tag = image.slice(repositoryOf(image).length + 1);
  if (tag === "")
    return `\`${image}\` has no tag. Give the one of a version, e.g. \`${image}:17\`.`;
  const found = findTagFault(tag);
  return found && `\`${image}\`: ${found.message} ${found.fix}`;
}

/** What `longshore images update` has found: `LONGSHORE_UPDATED_IMAGES`. Of another tag it means nothing. */
function updatedRef(name: string, image: string, env = process.env): string | undefined {
  const given = JSON.parse(env.LONGSHORE_UPDATED_IMAGES || "[]") as PinnedImage[];
  return given.find((one) => one.name === name && one.image === image)?.ref;
}

/** The step of an acceptance test between an image's build and its push. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../node-program.ts";
import type { AcceptanceArgs } from "./args.ts";
import { type AcceptanceRequest, toDefinition } from "./request.ts";

/** An image in the layout that it was built into. */
export type BuiltImage = {
  [Part in "name" | "layout" | "digest" | "repository"]: pulumi.Input<string>;
};

/** Runs the test again where another image was built, or another test is defined; not on another engine. */
export function accept(
  parent: pulumi.Resource,
  image: BuiltImage & { name: string },
  args: AcceptanceArgs,
  verified: pulumi.Resource,
): pulumi.Resource {
  const definition = toDefinition(args);
  const request: pulumi.Output<AcceptanceRequest> = pulumi
    .all([definition, pulumi.output({ ...image, dockerHost: args.dockerHost })])
    .apply(([what, where]) => ({ ...what, ...where }));
  return new command.local.Command(
    `${image.name}-acceptance`,
    {
      ...nodeProgram("acceptance"),
      update: "true",
      triggers: [image.digest, pulumi.jsonStringify(definition)],
      // It may hold secrets: by standard input, and encrypted in the state.
      stdin: pulumi.jsonStringify(request),
      addPreviousOutputInEnv: false,
    },
    { parent, dependsOn: verified },
  );
}

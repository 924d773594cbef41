/** Whether the value of an output is known: not in a preview of what makes it. */
import type * as pulumi from "@pulumi/pulumi";

/** In every output, but not in its type. */
export function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { isKnown: Promise<boolean> }).isKnown;
}

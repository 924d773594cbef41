/** Fails a preview where a host serves the stack for another state: an update would be refused. */
import * as pulumi from "@pulumi/pulumi";
import type { Serving } from "./serving.ts";

/**
 * The update itself is refused on the host, see preflight/run.ts.
 * @param identity of this stack's state: unknown in the first preview of a new one.
 */
export function refuseInPreview(
  stack: string,
  owners: Serving["owners"],
  identity: pulumi.Output<string>,
): void {
  if (pulumi.runtime.isDryRun()) for (const owner of owners) refuseOf(stack, owner, identity);
}

function refuseOf(
  stack: string,
  owner: Serving["owners"][number],
  identity: pulumi.Output<string>,
): void {
  // Nobody waits for either: what is thrown ends the program.
  const refuse = () => {
    throw new pulumi.RunError(
      `Host \`${owner.host}\` serves the stack \`${stack}\` for another state, that of ${owner.actor}, since ` +
        `${owner.since}: an update would be refused.`,
    );
  };
  void isKnown(identity).then((known) => (known ? undefined : refuse()));
  identity.apply((id) => (id === owner.id ? undefined : refuse()));
}

/** In every output, but not in its type. */
function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { isKnown: Promise<boolean> }).isKnown;
}

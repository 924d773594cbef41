/** The stack's own key: made once, and kept in its state for as long as the release that it is declared beside. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "./resource-names.ts";

/**
 * Seals the ledger, names the state, and hides what fingerprints of secrets stand for.
 * @param name the release's, or what stands in its place.
 * @returns 32 bytes as base64url, a secret.
 */
export function stackKey(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const key = new command.local.Command(
    resourceName(name, "key"),
    {
      interpreter: ["node", "-e"],
      create: 'process.stdout.write(require("node:crypto").randomBytes(32).toString("base64url"))',
      logging: command.local.Logging.None,
      addPreviousOutputInEnv: false,
    },
    // Another key could not open the ledger and would be another state: nothing may make it run again.
    {
      parent,
      additionalSecretOutputs: ["stdout"],
      ignoreChanges: ["interpreter", "create", "logging"],
    },
  );
  return pulumi.secret(key.stdout);
}

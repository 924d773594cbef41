/** Simulated machines under a test's stack. */
import { join } from "node:path";
import { execa } from "execa";
import type { TestStack } from "./test-stack.ts";

/** Makes a key without a passphrase, its public half beside it as `.pub`. */
export async function makeKey(file: string): Promise<void> {
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
}

/** Runs a stack on so many machines, with a replica of app on each. */
export async function useMachines(stack: TestStack, count: number): Promise<void> {
  const identityFile = join(stack.folder, ".longshore", "machine-key");
  await makeKey(identityFile);
  await stack.configure({
    hosts: JSON.stringify({ kind: "simulated", count, identityFile }),
    ...{ bind: "0.0.0.0", appReplicas: count },
  });
}

/** Prints how often somebody has logged in to a machine by SSH, since it booted. */
export const COUNT_LOGINS = "journalctl --unit ssh | grep -c 'Accepted publickey' || true";

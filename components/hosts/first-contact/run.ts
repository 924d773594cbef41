/** First contact with a machine: by a key that is good once, and from then on by one that never left the machine. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { ensureSshFolder } from "../../ssh/options.ts";
import { MachineFailure, asRoot, withVariables } from "../as-root.ts";
import { loginAnew } from "../login-anew.ts";
import type { MeetRequest, Met, OneTimeKey, SettleRequest } from "./types.ts";

const script = readFileSync(new URL("./contact.sh", import.meta.url), "utf8");
/** Milliseconds in which a new machine must let us in. */
const BOOT = 300_000;
const PAUSE = 3000;

/** By `ssh-keygen`. ECDSA, so that it and the machine's own ed25519 key can be there together. */
export async function makeOneTimeKey(): Promise<OneTimeKey> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-key-"));
  try {
    const file = join(folder, "key");
    await execa("ssh-keygen", ["-q", "-t", "ecdsa", "-b", "256", "-N", "", "-C", "", "-f", file]);
    const publicKey = readFileSync(`${file}.pub`, "utf8").trim();
    return { privateKey: readFileSync(file, "utf8"), publicKey };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Lets the machine make a key of its own. May be repeated until `settle` has ended the one-time key.
 * @param before what it found the last time: the same machine has the same key.
 * @throws MachineFailure if it does not let us in within `patience` milliseconds.
 */
export async function meet(
  { name, machine, target }: MeetRequest,
  before: Met | undefined,
  log: (line: string) => void,
  patience = BOOT,
): Promise<Met> {
  if (before?.machine === machine) return before;
  ensureSshFolder();
  log("waiting for its first boot");
  const end = Date.now() + patience;
  for (;;) {
    try {
      const hostKey = (await asRoot(target, withVariables(script, { DO: "meet" }))).trim();
      return { machine, hostKey };
    } catch (error) {
      if (!(error instanceof MachineFailure)) throw error;
      if (Date.now() >= end) {
        throw new MachineFailure(
          `Host \`${name}\` (${machine}) did not let us in within ${patience / 1000} s of its first boot: ${error.message}`,
          { cause: error },
        );
      }
      await delay(PAUSE);
    }
  }
}

/**
 * Writes who may log in, and logs in anew: only then they stay, and the one-time key ends. May be repeated.
 * @throws MachineFailure if its first boot failed, its data volume is missing, or the keys do not let us in; then those of
 * before are back within a minute.
 */
export async function settle({
  name,
  target,
  authorizedKeys,
  mounted,
}: SettleRequest): Promise<void> {
  ensureSshFolder();
  const variables = {
    WHO: target.user,
    KEYS: authorizedKeys.join("\n"),
    MOUNTED: mounted.join(" "),
  };
  const run = (DO: string) => asRoot(target, withVariables(script, { DO, ...variables }));
  await run("settle");
  const problem = await loginAnew(target);
  if (problem !== undefined) {
    throw new MachineFailure(
      `Host \`${name}\`: its \`authorizedKeys\` do not let us in (${problem}). Those of before are back within a minute.`,
    );
  }
  await run("keep");
}

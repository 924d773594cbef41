/** Installs Docker on a machine by SSH: looks, decides, does, and looks again. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { explainFailure } from "../../ssh/explain.ts";
import { ensureSshFolder, shellQuote, sshArguments } from "../../ssh/options.ts";
import { type SshTarget, sshUrl } from "../../ssh/target.ts";
import { decide, isNothing } from "./decide.ts";
import { type MachineFacts, parseFacts } from "./facts.ts";
import type { InstallRequest } from "./types.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const factsScript = read("./facts.sh");
const installScript = read("./install.sh");

/** Becomes root where it is not, and reads a script: `bash -s` with the arguments that follow. */
const AS_ROOT =
  'if [ "$(id -u)" = 0 ]; then exec bash -s -- "$@"; fi; ' +
  'if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then echo "no sudo" >&2; exit 77; fi; ' +
  'exec sudo -n bash -s -- "$@"';
/** What it ends with where it cannot. */
const NOT_ROOT = 77;

/** The machine cannot be brought into the wanted state. Nothing of it was changed, unless its words say so. */
export class InstallFailure extends Error {
  override readonly name = "InstallFailure";
}

/**
 * Brings Docker about on a machine. Does nothing where it is as wanted.
 * @param log gets a line for each step.
 * @returns the engine's version.
 * @throws InstallFailure
 */
export async function installDocker(
  { name, target, ...args }: InstallRequest,
  log: (line: string) => void,
): Promise<string> {
  ensureSshFolder();
  const facts = await look(target);
  const decision = decide(facts, args, target.user, Date.now() / 1000);
  if ("refusals" in decision) {
    const lines = decision.refusals.map(
      (line) => `Host \`${name}\`: ${line}. Nothing was changed there.`,
    );
    throw new InstallFailure(lines.join("\n"));
  }
  const { plan, notes } = decision;
  if (isNothing(plan)) return engineOf(facts, name);
  for (const note of notes) log(note);
  const variables = Object.entries<string>({ ...plan }).map(
    ([key, value]) => `${key}=${shellQuote(value)}\n`,
  );
  await asRoot(target, `${variables.join("")}${installScript}`, [], log);
  // Groups are those of the login: the connection that is shared has none of the new ones.
  if (plan.GROUP_USER !== "")
    await execa("ssh", ["-O", "exit", ...sshArguments(target)], { reject: false });
  return engineOf(await look(target), name);
}

function engineOf({ engine }: MachineFacts, name: string): string {
  if (engine !== undefined) return engine;
  throw new InstallFailure(
    `Host \`${name}\`: Docker is installed there, and its engine does not answer. See \`journalctl --unit docker\`.`,
  );
}

async function look(target: SshTarget): Promise<MachineFacts> {
  return parseFacts(await asRoot(target, factsScript, [target.user]));
}

/**
 * Runs a script on the machine as root.
 * @param log gets its lines as they come.
 * @returns what it printed on standard output.
 */
async function asRoot(
  target: SshTarget,
  script: string,
  args: string[],
  log: (line: string) => void = () => {},
): Promise<string> {
  // sshd hands one text to the login shell.
  const command = ["sh", "-c", shellQuote(AS_ROOT), "as-root", ...args.map(shellQuote)].join(" ");
  const running = execa("ssh", sshArguments(target, [command]), {
    ...{ input: script, reject: false, env: { LC_ALL: "C" } },
  });
  createInterface({ input: running.stdout }).on("line", log);
  const { exitCode, stdout, stderr } = await running;
  if (exitCode === 0) return stdout;
  const { user } = target;
  if (exitCode === NOT_ROOT) {
    throw new InstallFailure(
      `${sshUrl(target)}: \`${user}\` must become root without a password to install Docker: ` +
        `\`echo '${user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${user}\` there, or another user`,
    );
  }
  const known = exitCode === undefined || exitCode === 255;
  throw new InstallFailure(
    known
      ? await explainFailure(target, stderr, exitCode ?? null)
      : `${sshUrl(target)}: ${stderr.trim()}`,
  );
}

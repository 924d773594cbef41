/** Scripts on a machine as root, by SSH. */
import { createInterface } from "node:readline";
import { execa } from "execa";
import { explainFailure } from "../ssh/explain.ts";
import { shellQuote, sshArguments } from "../ssh/options.ts";
import { type SshTarget, sshUrl } from "../ssh/target.ts";

/** Becomes root where it is not, and reads a script: `bash -s` with the arguments that follow. */
const AS_ROOT =
  'if [ "$(id -u)" = 0 ]; then exec bash -s -- "$@"; fi; ' +
  'if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then echo "no sudo" >&2; exit 77; fi; ' +
  'exec sudo -n bash -s -- "$@"';
/** What it ends with where it cannot. */
const NOT_ROOT = 77;

/** The machine cannot be brought into the wanted state. Nothing of it was changed, unless its words say so. */
export class MachineFailure extends Error {
  override readonly name = "MachineFailure";
  /** What the script ended with; undefined where it was not run. */
  readonly exitCode: number | undefined;

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}

/** A script that finds its variables set, whatever is in them. */
export function withVariables(script: string, variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([key, value]) => `${key}=${shellQuote(value)}\n`);
  return `${lines.join("")}${script}`;
}

/**
 * Runs a script on the machine as root.
 * @param log gets its lines as they come.
 * @returns what it printed on standard output.
 */
export async function asRoot(
  target: SshTarget,
  script: string,
  args: string[] = [],
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
    throw new MachineFailure(
      `${sshUrl(target)}: \`${user}\` must become root without a password: ` +
        `\`echo '${user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${user}\` there, or another user`,
    );
  }
  const known = exitCode === undefined || exitCode === 255;
  throw new MachineFailure(
    known
      ? await explainFailure(target, stderr, exitCode ?? null)
      : `${sshUrl(target)}: ${stderr.trim()}`,
    known ? {} : { exitCode },
  );
}

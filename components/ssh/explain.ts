/** Why `ssh` has failed, from what it printed, and what to do about it. */
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { execa } from "execa";
import { sshArguments } from "./options.ts";
import { type SshTarget, sshUrl } from "./target.ts";

type Row = [pattern: RegExp, explain: (target: SshTarget, match: RegExpExecArray) => string];

const NO_DOCKER = "it has no `docker` command";
const NO_RIGHT = "may not use Docker there";

/** Whether an explanation says that Docker must be installed, or the user be allowed to use it. */
export function wantsInstall(explanation: string): boolean {
  return explanation.includes(NO_DOCKER) || explanation.includes(NO_RIGHT);
}

const AWAY = "it does not answer on port";

/** Whether an explanation says that nobody is there. */
export function isAway(explanation: string): boolean {
  return explanation.includes(AWAY);
}

const keyType = (hostKey: string) => hostKey.split(/\s+/)[0];

const ROWS: Row[] = [
  // Of the engine there, as `docker system dial-stdio` says it.
  [/docker(?:\.exe)?: (?:command )?not found/i, () => `${NO_DOCKER}: install Docker there`],
  [
    /permission denied while trying to connect|dial unix .*permission denied/i,
    ({ user }) => `\`${user}\` ${NO_RIGHT}: add the user to the group \`docker\``,
  ],
  [
    /Cannot connect to the Docker daemon|failed to connect to the docker API|dial unix .*(?:refused|no such file)/i,
    () => "its Docker engine does not run",
  ],
  // Of ssh.
  [
    /Host key verification failed|host key for .* has changed|No .* host key is known/i,
    ({ host, port = 22, hostKey }) =>
      `the machine does not have the host key that is pinned (${keyType(hostKey)}). Either it was set up anew, ` +
      "or another machine answers in its place. If you know that it was set up anew, compare " +
      `\`ssh-keyscan -p ${port} ${host}\` with \`cat /etc/ssh/ssh_host_*_key.pub\` on its console, and set the new \`hostKey\``,
  ],
  [
    /no matching host key type found\. Their offer: (.*)/i,
    ({ hostKey }, [, offer = ""]) =>
      `the machine has no host key of the pinned type ${keyType(hostKey)}, only ${offer.trim()}. Set \`hostKey\` to one that it has`,
  ],
  [
    /Permission denied \(([^)]*)\)/i,
    ({ user, identityFile }, [, methods = ""]) =>
      unreadable(identityFile) ??
      `it refuses the login of \`${user}\` (it takes ${methods}). ` +
        (identityFile === undefined
          ? "Add the key to the agent (`ssh-add`), set `identityFile`, or put its public half"
          : `Put the public half of ${identityFile}`) +
        ` into ~${user}/.ssh/authorized_keys there`,
  ],
  [
    /Could not resolve hostname (\S+):/i,
    (_, [, name = ""]) => `no address is known for the name \`${name}\``,
  ],
  [
    /Connection refused/i,
    ({ port = 22 }) =>
      `nothing listens on port ${port} there. Is it still booting, or is sshd on another port?`,
  ],
  [
    /Connection timed out|Operation timed out|timed out during banner exchange|No route to host|Network is unreachable/i,
    ({ port = 22 }) => `${AWAY} ${port}. Is it on, and does its firewall let you in?`,
  ],
  [
    /Timeout, server .* not responding|Connection (?:reset|closed)|Broken pipe|kex_exchange_identification/i,
    () =>
      "the connection broke off. Under many connections at once, raise `MaxStartups` of its sshd",
  ],
];

/** Seconds for a login to a machine in between. */
const PATIENCE = 15;

/**
 * What went wrong with `target`: a machine in between is asked by itself, since ssh passes on nothing of what was
 * said about it.
 */
export async function explainFailure(
  target: SshTarget,
  stderr: string,
  exitCode: number | null,
): Promise<string> {
  const { jump } = target;
  if (jump !== undefined) {
    const options = { reject: false, env: { LC_ALL: "C" }, timeout: PATIENCE * 1000 };
    const {
      failed,
      stderr: words,
      exitCode: code,
    } = await execa("ssh", sshArguments(jump, ["true"]), { ...options, stdin: "ignore" });
    if (failed) return explainFailure(jump, words, code ?? null);
  }
  return explainSsh(target, stderr, exitCode);
}

/** What went wrong with `target`, in one line; in ssh's own words where it is not known. */
export function explainSsh(target: SshTarget, stderr: string, exitCode: number | null): string {
  for (const [pattern, explain] of ROWS) {
    const match = pattern.exec(stderr);
    if (match !== null) return `${sshUrl(target)}: ${explain(target, match)}`;
  }
  const words = stderr.trim().split("\n").slice(-3).join(" ").slice(-500);
  return `${sshUrl(target)}: ssh ended with ${exitCode ?? "a signal"}${words === "" ? "" : `: ${words}`}`;
}

/** Why a private key cannot be read; undefined if it can, or none is named. */
function unreadable(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    accessSync(file.replace(/^~(?=\/)/, homedir()), constants.R_OK);
    return undefined;
  } catch (error) {
    return `the private key ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

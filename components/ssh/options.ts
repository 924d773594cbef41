/**
 * How the system's `ssh` is called: the same for our own processes and for the Docker provider, so that all share
 * one connection for each machine, and one pin.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type SshTarget, sshUrl } from "./target.ts";

/** Seconds in which a machine must answer. */
const CONNECT = 10;
/** Seconds for which a connection that nobody uses stays open. */
const PERSIST = 60;
/** Seconds of silence after which a machine is asked for a sign of life; three unanswered ones end the connection. */
const ALIVE = 5;

/**
 * Options for `ssh`, without the machine's name and port. The host key is pinned without a file: ssh asks a
 * command for it (`KnownHostsCommand`, OpenSSH 8.5). They are the same on every machine that deploys.
 */
export function sshOptions(target: SshTarget): string[] {
  const { hostKey, identityFile, jump } = target;
  const [type = "", key = ""] = hostKey.trim().split(/\s+/);
  const options: Record<string, string | number> = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: "/dev/null",
    GlobalKnownHostsFile: "/dev/null",
    // The name that is looked up comes from ssh itself: `[name]:port` where the port is not 22.
    KnownHostsCommand: `/bin/echo %H ${type} ${key}`,
    HostKeyAlgorithms: type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type,
    UpdateHostKeys: "no",
    CheckHostIP: "no",
    ConnectTimeout: CONNECT,
    ServerAliveInterval: ALIVE,
    ServerAliveCountMax: 3,
    ForwardAgent: "no",
    ControlMaster: "auto",
    ControlPath: `~/.ssh/${connectionName(target)}`,
    ControlPersist: PERSIST,
    LogLevel: "ERROR",
  };
  if (identityFile !== undefined) {
    options.IdentityFile = identityFile;
    options.IdentitiesOnly = "yes";
  }
  if (jump !== undefined) options.ProxyCommand = proxyCommand(jump);
  return Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** Arguments for `ssh` that run `command` on the machine; none leaves that to its login shell. */
export function sshArguments(target: SshTarget, command: string[] = []): string[] {
  return [...sshOptions(target), "-T", "--", sshUrl(target), ...command];
}

/**
 * Makes the folder of the connections' sockets, which ssh does not. `~/.ssh`, since a socket's path has at most 104
 * bytes on some systems.
 */
export function ensureSshFolder(): void {
  const folder = join(homedir(), ".ssh");
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700);
}

/** Another pin is another connection: one that was opened with the old pin is not gone on with. */
export function connectionName(target: SshTarget): string {
  const pins: string[] = [];
  for (let each: SshTarget | undefined = target; each !== undefined; each = each.jump) {
    pins.push(sshUrl(each), each.hostKey, each.identityFile ?? "");
  }
  const hash = createHash("sha256").update(JSON.stringify(pins)).digest("hex").slice(0, 16);
  return `longshore-${hash}`;
}

/** ProxyJump would take the options of the user's files for the machine in between, and not ours. */
function proxyCommand(jump: SshTarget): string {
  // ssh replaces tokens in the command, and a shell reads it.
  const words = ["ssh", ...sshOptions(jump), "-W", "\0", "--", sshUrl(jump)];
  return words
    .map((word) => (word === "\0" ? "[%h]:%p" : shellQuote(word.replaceAll("%", "%%"))))
    .join(" ");
}

/** A text as one word for a shell, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A socket of this computer that leads to one of a machine's, over the shared connection: what connects to it needs no
 * process and no session. Each process has its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { explainFailure } from "./explain.ts";
import { connectionName, ensureSshFolder, sshArguments } from "./options.ts";
import type { SshTarget } from "./target.ts";

/** Bytes of a socket's path, with the zero at its end, on the systems that allow the fewest. */
const MOST_BYTES = 104;
/** What ssh ends with when it has failed itself. */
const SSH_FAILED = 255;

/** Connection and socket there → what leads to it. */
const known = new Map<string, Promise<string | undefined>>();
/** Path of a socket → arguments with which ssh closes it. */
const toClose = new Map<string, string[]>();
let count = 0;

process.once("exit", () => toClose.forEach((_, path) => close(path)));

/**
 * Opens a socket that leads to `remote` on the machine, once for all who ask; it is gone when this process has ended.
 * Whether something answers there, and whether the machine's sshd forwards at all, is seen by whoever connects.
 * @param check a shell script that runs there; unless it ends with 0, nothing is opened.
 * @returns its path; undefined where there is none.
 * @throws with why ssh has failed, and what to do about it.
 */
export function forwardSocket(
  target: SshTarget,
  remote: string,
  check: string,
): Promise<string | undefined> {
  const key = `${connectionName(target)} ${remote}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const opening = open(target, remote, check);
  known.set(key, opening);
  const forget = () => void known.delete(key);
  opening.then((path) => path ?? forget(), forget);
  return opening;
}

/** Whoever asks next gets another one: its connection has ended, or somebody has removed it. */
export async function forgetSocket(path: string): Promise<void> {
  for (const [key, opening] of known) {
    if ((await opening.catch(() => undefined)) === path) known.delete(key);
  }
  close(path);
}

async function open(target: SshTarget, remote: string, check: string): Promise<string | undefined> {
  ensureSshFolder();
  const folder = join(homedir(), ".ssh");
  const path = socketPath(folder, connectionName(target), process.pid, ++count);
  if (path === undefined) return undefined;
  for (const name of leftSockets(readdirSync(folder), isRunning)) remove(join(folder, name));
  const forward = ["-L", `${path}:${remote}`];
  toClose.set(path, ["-O", "cancel", ...forward, ...sshArguments(target)]);
  const ssh = spawn("ssh", [...forward, ...sshArguments(target, ["sh"])], {
    env: { ...process.env, LC_ALL: "C" },
  });
  ssh.stdin.on("error", () => {}); // told by its end
  ssh.stdin.end(check);
  ssh.stdout.resume();
  const [words, [code]] = (await Promise.all([text(ssh.stderr), once(ssh, "close")])) as [
    string,
    [number | null],
  ];
  if (code === 0) return path;
  close(path);
  if (code !== SSH_FAILED && code !== null) return undefined;
  throw new Error(await explainFailure(target, words, code));
}

/** Whether the shared connection is open: ssh removes its socket at its end. */
export function isConnected(target: SshTarget): boolean {
  return existsSync(join(homedir(), ".ssh", connectionName(target)));
}

/** Nobody waits for it: where the connection has ended, nothing is left but the file. */
function close(path: string): void {
  remove(path);
  const cancel = toClose.get(path);
  if (cancel === undefined) return;
  toClose.delete(path);
  const ssh = spawn("ssh", cancel, { detached: true, stdio: "ignore" });
  ssh.on("error", () => {}).unref();
}

/**
 * Where a process has its socket; undefined if such a path is too long for one, or has what ssh would read as more
 * than a path. Pure.
 */
export function socketPath(
  folder: string,
  connection: string,
  pid: number,
  number: number,
): string | undefined {
  const path = join(folder, `${connection}.${pid}-${number}`);
  return /^[\w./@+-]+$/.test(path) && path.length < MOST_BYTES ? path : undefined;
}

/** The sockets among the names in a folder that processes have left which were killed. Pure. */
export function leftSockets(names: string[], runs: (pid: number) => boolean): string[] {
  return names.filter((name) => {
    const pid = /^longshore-[0-9a-f]{16}\.(\d+)-\d+$/.exec(name)?.[1];
    return pid !== undefined && !runs(Number(pid));
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function remove(path: string): void {
  rmSync(path, { force: true });
}

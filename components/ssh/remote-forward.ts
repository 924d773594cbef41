/** Ports of this computer's loopback on a machine's: while the process that opens them lives, and its connection rests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { ensureSshFolder, sshOptions } from "./options.ts";
import { type SshTarget, sshUrl } from "./target.ts";

/** Ends when its input does: with the process that has the other end. */
const COMMAND = "echo open; read -r _";

/**
 * Opens `ports` of a machine's 127.0.0.1 that lead to the same ports of this computer's. Over the connection that is
 * there, and at once if they are open already. The process is not kept alive by it.
 * @returns undefined, or why they are not open.
 */
export async function forwardToHere(
  target: SshTarget,
  ports: readonly number[],
): Promise<string | undefined> {
  ensureSshFolder();
  const forwards = ports.flatMap((port) => ["-R", `127.0.0.1:${port}:127.0.0.1:${port}`]);
  const strict = ["-o", "ExitOnForwardFailure=yes"];
  const ssh = spawn(
    "ssh",
    [...sshOptions(target), ...strict, ...forwards, "-T", "--", sshUrl(target), COMMAND],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const failed = text(ssh.stderr);
  const lines = createInterface({ input: ssh.stdout });
  const opened = await Promise.race([
    once(lines, "line").then(() => true),
    once(ssh, "close").then(() => false),
    once(ssh, "error").then(() => false),
  ]);
  if (!opened) return (await failed).trim() || "ssh ended";
  ssh.unref();
  for (const stream of [ssh.stdin, ssh.stdout, ssh.stderr]) {
    (stream as unknown as { unref(): void }).unref();
  }
  return undefined;
}

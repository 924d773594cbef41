/**
 * What a killed Pulumi leaves: its plugins go on waiting for it, its lock stays, and a file that it
 * wrote may be torn. Only those of one state folder are looked at, and a process only if the engine
 * that it serves is gone.
 */
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { isDead, readLocks } from "../components/cli/update/locks.ts";
import { isRunning } from "../components/hosts/running.ts";

/** Takes away the locks of Pulumis on this computer that no longer live. Returns their process ids. */
export function releaseDeadLocks(backend: string, stack: string): number[] {
  return (
    readLocks(`file://${backend}`, "identidock", stack)
      // Of a folder that nobody shares with a container.
      .filter((holder) => isDead(holder, isRunning))
      .map(({ file, pid }) => {
        rmSync(file);
        return pid;
      })
  );
}

/**
 * Removes what a Pulumi that was killed while it wrote its state leaves: half-written files, and the
 * state's empty description (`.attrs`), over which every later command fails with `EOF`. The state
 * itself is replaced by a rename and always whole. Does nothing while a Pulumi works on the stack.
 */
export function removeTornFiles(backend: string, stack: string): string[] {
  const folder = join(backend, ".pulumi");
  const locks = join(folder, "locks", "organization", "identidock", stack);
  if (!existsSync(folder) || (existsSync(locks) && readdirSync(locks).length > 0)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => file.endsWith(".tmp") || (file.endsWith(".attrs") && !isJson(file)))
    .map((file) => {
      rmSync(file);
      return file;
    });
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends plugins whose Pulumi was killed (Linux only: elsewhere there is no /proc to see them in).
 * @param backendUrl value of `PULUMI_BACKEND_URL` that marks a plugin as this clone's.
 */
export async function endOrphans(backendUrl: string): Promise<void> {
  if (!existsSync("/proc/self/environ")) return;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const engine = engineOf(entry, backendUrl);
    if (engine === undefined || (await listens(engine))) continue;
    try {
      process.kill(Number(entry), "SIGTERM");
    } catch {
      // It has just ended by itself.
    }
  }
}

/** Port of the engine that a plugin with this backend serves; undefined for other processes. */
function engineOf(pid: string, backendUrl: string): number | undefined {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const port = /^127\.0\.0\.1:(\d+)$/.exec(args.filter(Boolean).at(-1) ?? "")?.[1];
    if (!/\/pulumi-(resource|language)-[^/]+$/.test(program) || port === undefined)
      return undefined;
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return environment.includes(`PULUMI_BACKEND_URL=${backendUrl}`) ? Number(port) : undefined;
  } catch {
    return undefined; // ended, or another user's
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port, timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(true));
    socket.once("error", () => end(false));
  });
}

// Starts the commands of a test run and, when the run ends or is interrupted, stops whatever they
// left running. Everything started here carries a mark in its environment, so that processes which
// left their parent (a test's own engine, a detached plugin) are found too.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa, type ResultPromise } from "execa";

const MARK = "LONGSHORE_TEST_RUN";

export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  /** Called for each line of standard output, which is then not shown. */
  onLine?: (line: string) => void;
  /** `false` for a command that starts things meant to outlive it. @default true */
  marked?: boolean;
}

export class Children {
  readonly #mark: string;
  readonly #running = new Set<ResultPromise>();
  #stopping = false;

  constructor(mark = `${process.pid}-${Date.now()}`) {
    this.#mark = mark;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Runs a command with its output shown; returns its exit code, 127 if it cannot be started. */
  async run(command: string, args: string[], options: RunOptions): Promise<number> {
    if (this.#stopping) return 130;
    const { onLine } = options;
    const child = execa(command, args, {
      cwd: options.cwd,
      env: { ...options.env, [MARK]: (options.marked ?? true) ? this.#mark : undefined },
      preferLocal: true,
      localDir: options.cwd,
      stdin: "ignore",
      stdout: onLine ? "pipe" : "inherit",
      stderr: "inherit",
      buffer: false,
      reject: false,
    });
    this.#running.add(child);
    try {
      if (onLine) {
        for await (const line of child.iterable({ from: "stdout" })) onLine(line);
      }
      const result = await child;
      if (result.code === "ENOENT") console.error(`error: ${command} was not found on PATH.`);
      return result.exitCode ?? (result.signal ? 130 : 127);
    } finally {
      this.#running.delete(child);
    }
  }

  /**
   * Stops everything that was started, but what `spare` says: asks first, insists after `grace`
   * seconds. Returns the command lines of processes that had outlived the command they came from.
   */
  async stop(
    signal: NodeJS.Signals = "SIGTERM",
    grace = 30,
    spare: (commandLine: string) => boolean = () => false,
  ): Promise<string[]> {
    this.#stopping = true;
    const left = () => marked(this.#mark).filter((pid) => !spare(commandLine(pid)));
    const names = this.#running.size === 0 ? left().map(commandLine) : [];
    for (const child of this.#running) child.kill(signal);
    for (const pid of left()) send(pid, signal);
    const deadline = Date.now() + grace * 1000;
    while (this.#running.size > 0 || left().length > 0) {
      if (Date.now() > deadline) {
        for (const child of this.#running) child.kill("SIGKILL");
        for (const pid of left()) send(pid, "SIGKILL");
      }
      await sleep(100);
    }
    return names;
  }
}

/** The processes that carry the mark; on systems without /proc, none beyond the direct children. */
function marked(mark: string): number[] {
  return processIds().filter((pid) => {
    if (pid === process.pid) return false;
    return read(pid, "environ").split("\0").includes(`${MARK}=${mark}`);
  });
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  return read(pid, "cmdline").split("\0").join(" ").trim();
}

function read(pid: number, file: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it ended, or belongs to someone else
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has just ended
  }
}

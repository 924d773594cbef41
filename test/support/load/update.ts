/** A Pulumi command under way: its lines as they come, and waiting for one of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A line of output. `at`: milliseconds since the epoch. */
export interface Line {
  at: number;
  text: string;
}

/**
 * A release's steps, by what it says. Pulumi prints its lines as they come, and all of them again at
 * its end: the first is meant.
 */
export const STEP = {
  started: /: starting/,
  healthy: /new versions: healthy/,
  switched: /\bswitched\b/,
  watched: /: watched for \d+ s/,
  drained: /old versions: drained/,
  /** Old replicas begin to drain without a switch: of a ramp, or of a release that was killed. */
  retiring: /new replica \d+ of \d+ is healthy|left finish in-flight requests/,
  reloaded: /proxy on \S+ reloaded|proxy on \S+ replaced: no downtime/,
} as const;

export class Update {
  readonly startedAt = Date.now();
  readonly lines: Line[] = [];
  readonly process: ChildProcess;
  /** Ends with the command; `undefined` if it was killed. */
  readonly exitCode: Promise<number | undefined>;
  #ended: number | undefined;
  #waiting: (() => void)[] = [];

  constructor(
    program: string,
    args: string[],
    options: { cwd: string; env: Record<string, string> },
  ) {
    const child = spawn(program, args, {
      ...options,
      env: { ...process.env, ...options.env },
      detached: true, // a process group of its own, as a shell makes it: Ctrl-C reaches all of it
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (text) => {
        this.lines.push({ at: Date.now(), text });
        this.#wake();
      });
    }
    this.exitCode = new Promise((resolve, reject) => {
      child.once("error", reject);
      // Not `close`: plugins that outlive a killed Pulumi hold its output open.
      child.once("exit", (code) => {
        this.#ended = Date.now();
        // What is still in the pipe comes first.
        setTimeout(() => {
          resolve(code ?? undefined);
          this.#wake();
        }, 50);
      });
    });
  }

  /** What Ctrl-C in its terminal does. */
  interrupt(): void {
    try {
      if (this.process.pid !== undefined) process.kill(-this.process.pid, "SIGINT");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended
    }
  }

  get output(): string {
    return this.lines.map(({ text }) => text).join("\n");
  }

  /** Seconds from start to end. */
  get seconds(): number {
    return ((this.#ended ?? Date.now()) - this.startedAt) / 1000;
  }

  find(pattern: RegExp): Line | undefined {
    return this.lines.find(({ text }) => pattern.test(text));
  }

  /** Each time that the release said so while it ran; Pulumi may show its last line again and again. */
  findAll(pattern: RegExp): Line[] {
    let last = "";
    return this.lines.filter(({ text }) => {
      const said = /release-run updating \(\d+s\).*; (.*)$/.exec(text)?.[1];
      if (said === undefined || said === last) return false;
      last = said;
      return pattern.test(said);
    });
  }

  /** The first line that matches. @throws if the command ends without it. */
  async line(pattern: RegExp): Promise<Line> {
    for (;;) {
      const found = this.find(pattern);
      if (found !== undefined) return found;
      if (this.#ended !== undefined) {
        const code = await this.exitCode;
        const late = this.find(pattern);
        if (late !== undefined) return late;
        throw new Error(`ended (${code}) without a line like ${pattern}:\n${this.output}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

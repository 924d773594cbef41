/** A release as a process of its own: its lines as they come, and what may happen to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ReleaseRequest } from "../../../components/fleet/types.ts";
import { ROOT } from "../test-stack.ts";
import type { ReleaseReport } from "../../../components/releases/types.ts";

/** How a release ended. */
export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  report: ReleaseReport | undefined;
  lines: string[];
}

export class Deployer {
  readonly lines: string[] = [];
  readonly outcome: Promise<Outcome>;
  readonly #child: ChildProcess;
  #ended = false;
  #waiting: (() => void)[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on("line", (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    this.outcome = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        this.#ended = true;
        this.#wake();
        const report = output === "" ? undefined : (JSON.parse(output) as ReleaseReport);
        resolve({ code, signal, report, lines: this.lines });
      });
    });
  }

  static start(request: ReleaseRequest, env: Record<string, string>): Deployer {
    const program = join(ROOT, "components/fleet/release/main.ts");
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.end(JSON.stringify(request));
    return new Deployer(child);
  }

  /** The first line that matches. @throws if it ends without one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`ended without ${pattern}:\n${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Stops its processor: it does nothing until `resume`. */
  suspend(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Ends it, if it has not ended. */
  async end(): Promise<void> {
    if (!this.#ended) this.kill();
    await this.outcome;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

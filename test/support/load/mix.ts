/**
 * Mixed load on a system while something happens to it: GETs and POSTs at a fixed rate, WebSockets and
 * downloads, from a process of its own; and the verdict on what was lost.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Cut, FromGenerator, LoadPlan, LoadReport, LoadResult, Phase } from "./types.ts";

const GENERATOR = fileURLToPath(new URL("./generator.ts", import.meta.url));

/** What each load is unless told otherwise: small, as tests want it. */
export const LOAD_DEFAULTS = {
  rate: 200,
  postEvery: 10,
  webSockets: 50,
  downloads: 50,
  downloadSeconds: 10,
  timeout: 5_000,
};

/** What was lost, and what it took. Times in milliseconds. */
export interface Verdict {
  report: LoadReport;
  requests: number;
  /** Requests, streams that were refused, and streams that were cut for no known reason. */
  failed: number;
  /** The first failures in words. */
  reasons: string[];
  longestGap: number;
  before: Phase | undefined;
  during: Phase | undefined;
  /** Streams that were open at a switch and outlived the time that old copies get. */
  cutByDrain: number;
  posts: number;
  /** Answered with 2xx, and not counted. */
  missing: number;
  /** Counted more than once. */
  double: number;
  /** Downloads that began before a switch and ended whole after it. */
  spanning: number;
}

/** What is known of the switches, so that a cut stream can be told from a lost one. */
export interface Switches {
  /** Milliseconds since the epoch. */
  at: number[];
  /** Seconds that old copies may finish their requests in. */
  drain: number;
}

export class MixedLoad {
  readonly plan: LoadPlan;
  readonly #child: ChildProcess;
  readonly #result: Promise<LoadResult>;

  private constructor(plan: LoadPlan, child: ChildProcess, result: Promise<LoadResult>) {
    this.plan = plan;
    this.#child = child;
    this.#result = result;
  }

  /** @param prefix what the generator is started with, e.g. `nsenter …` for another network. */
  static async start(
    url: string,
    options: Partial<Omit<LoadPlan, "url" | "run">> = {},
    prefix: string[] = [],
  ): Promise<MixedLoad> {
    const plan: LoadPlan = {
      ...LOAD_DEFAULTS,
      ...options,
      url,
      run: randomBytes(6).toString("hex"),
    };
    const [program = "", ...args] = [
      ...prefix,
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      GENERATOR,
      JSON.stringify(plan),
    ];
    const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const message = <T>(pick: (message: FromGenerator) => T | undefined) =>
      new Promise<T>((resolve, reject) => {
        child.on("message", (received: FromGenerator) => {
          const found = pick(received);
          if (found !== undefined) resolve(found);
        });
        child.once("error", reject);
        child.once("exit", (code) =>
          reject(new Error(`the load generator ended with exit code ${code}`)),
        );
      });
    const result = message((received) => ("report" in received ? received : undefined));
    result.catch(() => undefined); // told when it is asked for
    await message((received) => ("ready" in received ? true : undefined));
    return new MixedLoad(plan, child, result);
  }

  /** From now on requests belong to the phase `name`. */
  mark(name: string): void {
    this.#child.send({ mark: name, at: Date.now() });
  }

  /** Ends the load, waits for what is under way, and has the counter asked which POSTs it has. */
  async stop(switches: Switches = { at: [], drain: 0 }): Promise<Verdict> {
    this.#child.send({ stop: true });
    const { report, counted } = await this.#result;
    return judge(report, switches, counted);
  }

  /** Ends the generator without asking anything; for tests that have failed. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/**
 * The verdict on a report.
 * @param counted one digit for each POST: how often the counter counted it.
 */
export function judge(report: LoadReport, switches: Switches, counted: string): Verdict {
  const expected = report.cuts.filter((cut) => atDrain(cut, switches));
  const lost = report.cuts.filter((cut) => !atDrain(cut, switches));
  const digits = [...counted].map(Number);
  if (digits.length !== report.posts) {
    throw new Error(`the counter says ${digits.length} ids, sent were ${report.posts}`);
  }
  const reasons = [
    ...report.failures.map(({ at, what, why }) => ({ at, line: `${what}: ${why}` })),
    ...lost.map(({ at, what, openedAt, why }) => ({
      at,
      line: `${what} cut ${seconds(at - openedAt)} s after it was opened: ${why}`,
    })),
  ];
  const [before, during] = report.phases;
  return {
    report,
    requests: report.requests,
    failed: report.failed + lost.length,
    reasons: reasons
      .sort((x, y) => x.at - y.at)
      .map(({ at, line }) => `${seconds(at - report.startedAt)} s: ${line}`),
    longestGap: report.longestGap,
    before,
    during,
    cutByDrain: expected.length,
    posts: report.posts,
    missing: report.answeredPosts.filter((id) => digits[id] === 0).length,
    double: digits.filter((times) => times > 1).length,
    spanning: report.downloads.whole.filter(([startedAt, endedAt]) =>
      switches.at.some((at) => startedAt < at && at < endedAt),
    ).length,
  };
}

/** Opened before a switch, and cut when the old copies' time was over, not earlier. */
function atDrain({ openedAt, at }: Cut, { at: moments, drain }: Switches): boolean {
  const tolerance = 500; // the switch is seen a moment after it happened
  return moments.some((moment) => openedAt < moment && at >= moment + drain * 1000 - tolerance);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

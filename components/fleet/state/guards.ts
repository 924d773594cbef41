/** What puts things right on the host itself when a deployer ends half-way, see guard.sh and restore.sh. */
import { readFileSync } from "node:fs";
import type { ExecResult, Session } from "../../engine/host.ts";
import { type HeldHost, fenced } from "./held-host.ts";
import { BEAT } from "./lease.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const guardScript = read("./guard.sh");
const restoreScript = read("./restore.sh");

/** The keys of the proxy's container and the forwarder's in the record's file `serving`; no service has these names. */
export const PROXY_KEY = "=proxy";
export const FORWARDER_KEY = "=forwarder";

/** What comes back while the record still says `key value`. */
export interface Restoration {
  key: string;
  value: string;
  /** Stopped first. */
  stop: { container: string; grace: number }[];
  /** Then started. */
  start: string[];
}

/** Ends canaries, and lets held requests go on, when this process ends; until then it passes commands on to the proxy. */
export class ProxyGuard {
  readonly #host: HeldHost;
  readonly #session: Session;
  readonly #beat: NodeJS.Timeout;
  #open = true;
  /** What was asked last: answers come in the order of the words. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(host: HeldHost, session: Session) {
    this.#host = host;
    this.#session = session;
    this.#beat = beating(session);
    void session.ended.then(() => (this.#open = false));
  }

  /** @param proxy the proxy container in control, running. */
  static async open(host: HeldHost, proxy: string): Promise<ProxyGuard> {
    const session = await host.session(proxy, fenced(guardScript, "guard", host.token), "");
    await expectWord(session, host.name);
    return new ProxyGuard(host, session);
  }

  /** Whether it can be told anything. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** If this process ends, the service's requests go back to the replicas that serve. */
  canary(service: string): void {
    this.#session.send(`canary ${service}`);
  }

  /** Tells the proxy a line of runtime commands. */
  tell(commands: string): Promise<ExecResult> {
    return this.#ask(`tell ${commands}`);
  }

  /** Runs a program in the proxy's container. What it has to say of a failure is on standard output, too. */
  run(command: readonly string[]): Promise<ExecResult> {
    const words = command.map((word) => `${word}\0`).join("");
    return this.#ask(`run ${Buffer.from(words).toString("base64")}`);
  }

  async #ask(line: string): Promise<ExecResult> {
    const result = await this.#host.whileHeld(() => {
      const answer = this.#last.then(() => this.#answer(line));
      this.#last = answer.catch(() => {}); // read to its end, also where nobody waits for it any more
      return answer;
    });
    return this.#host.heed(result);
  }

  async #answer(line: string): Promise<ExecResult> {
    this.#session.send(line);
    const head = /^did (\d+) (\d+)$/.exec((await this.#session.next()) ?? "");
    const [exitCode, count] = [Number(head?.[1] ?? -1), Number(head?.[2] ?? 0)];
    const lines: string[] = [];
    while (lines.length < count) {
      const next = await this.#session.next();
      if (next === undefined) break;
      lines.push(`${next}\n`);
    }
    if (head !== null && lines.length === count) {
      return { exitCode, stdout: lines.join(""), stderr: "" };
    }
    return { exitCode: -1, stdout: "", stderr: "its guard has ended" };
  }

  close(): Promise<void> {
    this.#open = false;
    clearInterval(this.#beat);
    return this.#session.close();
  }
}

/** Brings containers back when this process ends before `close`. */
export class RestoreGuard {
  readonly #session: Session | undefined;
  readonly #beat: NodeJS.Timeout | undefined;

  private constructor(session: Session | undefined) {
    this.#session = session;
    this.#beat = session && beating(session);
  }

  /**
   * @param proxy a proxy container of the stack.
   * @param log is told where the engine cannot be reached from a container, so that nothing is guarded.
   */
  static async open(
    host: HeldHost,
    proxy: string,
    plan: Restoration[],
    log: (line: string) => void,
  ): Promise<RestoreGuard> {
    const session = await host.helperSession({
      use: "restore",
      like: proxy,
      command: fenced(restoreScript, "restore", host.token),
      input: [...plan.flatMap(blockOf), "ready", ""].join("\n"),
      engine: true,
    });
    if (session === undefined) {
      log(
        `${host.name}: the engine's socket is not found there, so that a release which ends half-way ` +
          "leaves what it stopped stopped, until the next `pulumi up`",
      );
      return new RestoreGuard(undefined);
    }
    await expectWord(session, host.name);
    return new RestoreGuard(session);
  }

  /** What was stopped is back, or replaced for good. */
  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#session?.send("done");
    await this.#session?.close();
  }
}

function blockOf({ key, value, stop, start }: Restoration): string[] {
  return [
    `while ${key} ${value}`,
    ...stop.map(({ container, grace }) => `stop ${container} ${grace}`),
    ...start.map((container) => `start ${container}`),
  ];
}

async function expectWord(session: Session, host: string): Promise<void> {
  const word = await session.next();
  if (word === "guarding") return;
  await session.close();
  throw new Error(`Host \`${host}\` cannot be guarded: ${word ?? "no answer"}`);
}

function beating(session: Session): NodeJS.Timeout {
  return setInterval(() => session.send("beat"), BEAT * 1000).unref();
}

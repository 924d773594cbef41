/** The generator's requests: sent on time whether or not earlier ones have ended, never tried again. */
import { Agent, type IncomingMessage, request } from "node:http";
import { type LoadClock, now } from "./clock.ts";
import type { Failure, LoadPlan } from "./types.ts";

/** What every page of the load's system answers. */
export const BODY = Buffer.from("what the load expects, byte by byte\n".repeat(28));

interface Planned {
  method: "GET" | "POST";
  path: string;
  keepAlive: boolean;
  /** A POST's body, which comes back as the answer's. */
  id?: string;
}

export class Requests {
  count = 0;
  keepAlive = 0;
  posts = 0;
  readonly answeredPosts: number[] = [];
  readonly versions: Record<string, number> = {};
  readonly #plan: LoadPlan;
  readonly #clock: LoadClock;
  readonly #fail: (failure: Failure) => void;
  // Unused connections are closed here before the proxy would: never one under a request.
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 512, timeout: 20_000 });
  readonly #fresh = new Agent({ keepAlive: false });
  #timer: NodeJS.Timeout | undefined;
  #pending = 0;

  constructor(plan: LoadPlan, clock: LoadClock, fail: (failure: Failure) => void) {
    this.#plan = plan;
    this.#clock = clock;
    this.#fail = fail;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), 2);
  }

  /** Sends no more, and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#pending > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#kept.destroy();
    this.#fresh.destroy();
  }

  /** Sends what is due, also what a late tick has missed: the rate holds. */
  #tick(): void {
    const { rate } = this.#plan;
    for (let due = 0; (due = this.#clock.startedAt + (this.count * 1000) / rate) <= now();) {
      this.#clock.sent(now() - due);
      this.#send(this.#next());
    }
  }

  #next(): Planned {
    const number = this.count++;
    const { postEvery, run } = this.#plan;
    const keepAlive = number % 2 === 0;
    if (keepAlive) this.keepAlive++;
    if (postEvery > 0 && Math.floor(number / 2) % postEvery === 0) {
      return { method: "POST", path: "/count", keepAlive, id: `${run}-${this.posts++}` };
    }
    // Pairs of a kept and a new connection, by turns to the app and through it to the worker.
    return { method: "GET", path: number % 4 < 2 ? "/" : "/via", keepAlive };
  }

  #send(planned: Planned): void {
    const { method, path, keepAlive, id } = planned;
    const body = id === undefined ? undefined : Buffer.from(id);
    const sentAt = now();
    this.#pending++;
    let ended = false;
    const end = (why?: string) => {
      if (ended) return;
      ended = true;
      clearTimeout(patience);
      this.#pending--;
      if (why === undefined) {
        this.#clock.succeeded(sentAt);
        if (id !== undefined) this.answeredPosts.push(Number(id.split("-")[1]));
      } else {
        const how = keepAlive ? "kept connection" : "new connection";
        this.#fail({ at: now(), what: `${method} ${path}, ${how}`, why });
      }
    };
    const outgoing = request(
      `${this.#plan.url}${path}`,
      {
        agent: keepAlive ? this.#kept : this.#fresh,
        method,
        headers: body === undefined ? {} : { "Content-Length": body.length },
      },
      (answer) => this.#read(answer, body ?? BODY, end),
    );
    const patience = setTimeout(() => {
      end("timeout");
      outgoing.destroy();
    }, this.#plan.timeout);
    outgoing.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    outgoing.end(body);
  }

  #read(answer: IncomingMessage, expected: Buffer, end: (why?: string) => void): void {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    answer.on("end", () => {
      const status = answer.statusCode ?? 0;
      const body = Buffer.concat(chunks);
      if (status < 200 || status > 299) {
        return end(`${status} ${body.toString("utf8", 0, 60).split("\n")[0] ?? ""}`.trim());
      }
      if (body.length < expected.length) return end("short body");
      if (!body.equals(expected)) return end("wrong body");
      if (expected !== BODY) return end();
      const served = String(answer.headers["x-via"] ?? answer.headers["x-served-by"] ?? "?");
      const version = served.split(" ").at(-1) ?? "?";
      this.versions[version] = (this.versions[version] ?? 0) + 1;
      end();
    });
  }
}

/**
 * Load at a fixed rate while something else happens: requests start on time whether or not earlier
 * ones have ended (open loop), half on kept connections, half on new ones. Nothing is tried again.
 */
import { Agent, request } from "node:http";
import * as https from "node:https";

export interface LoadResult {
  requests: number;
  /** Every failure in words: `503`, `ECONNRESET`, `timeout`, `short body`. */
  failures: string[];
  /** Longest time between two successful answers, in milliseconds. */
  longestGap: number;
  /** Answers by the header `X-Served-By`, or the one that was told. */
  servedBy: Record<string, number>;
}

export interface LoadOptions {
  /** Requests per second. */
  rate: number;
  /** Milliseconds that one request may take. */
  timeout?: number;
  /** Header that says who answered, in lower case. @default x-served-by */
  servedBy?: string;
  /** Certificate of the authority to trust, in PEM, for an `https:` address. */
  ca?: string;
}

export class Load {
  readonly #url: string;
  readonly #timeout: number;
  readonly #servedBy: string;
  readonly #request: typeof request;
  readonly #keepAlive: Agent;
  readonly #fresh: Agent;
  readonly #result: LoadResult = { requests: 0, failures: [], longestGap: 0, servedBy: {} };
  readonly #timer: NodeJS.Timeout;
  readonly #started = Date.now();
  readonly #rate: number;
  #lastSuccess = Date.now();
  #pending = 0;

  private constructor(url: string, options: LoadOptions) {
    this.#url = url;
    const { ca } = options;
    const secure = url.startsWith("https:");
    this.#request = secure ? https.request : request;
    // Sessions are not resumed: each new connection is shown the certificate of its time.
    const agent = (how: object) =>
      secure ? new https.Agent({ ca, maxCachedSessions: 0, ...how }) : new Agent(how);
    this.#keepAlive = agent({ keepAlive: true, maxSockets: 64 });
    this.#fresh = agent({ keepAlive: false });
    this.#rate = options.rate;
    this.#servedBy = options.servedBy ?? "x-served-by";
    this.#timeout = options.timeout ?? 5000;
    // Catches up after a late tick, so that the rate holds on a busy machine.
    this.#timer = setInterval(() => this.#tick(), 5);
  }

  static start(url: string, options: LoadOptions): Load {
    return new Load(url, options);
  }

  /** Ends the load and waits for what is under way. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer);
    while (this.#pending > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#keepAlive.destroy();
    this.#fresh.destroy();
    return this.#result;
  }

  #tick(): void {
    const due = ((Date.now() - this.#started) / 1000) * this.#rate;
    while (this.#result.requests < due) this.#send(this.#result.requests % 2 === 0);
  }

  #send(keepAlive: boolean): void {
    this.#result.requests++;
    this.#pending++;
    let done = false;
    const end = (failure?: string) => {
      if (done) return;
      done = true;
      this.#pending--;
      if (failure !== undefined) this.#result.failures.push(failure);
      else this.#succeed();
    };
    const agent = keepAlive ? this.#keepAlive : this.#fresh;
    const outgoing = this.#request(this.#url, { agent, timeout: this.#timeout }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
      answer.on("aborted", () => end("aborted"));
      answer.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
      answer.on("end", () => {
        const length = Number(answer.headers["content-length"] ?? bytes);
        const status = answer.statusCode ?? 0;
        if (status < 200 || status > 299) return end(String(status));
        if (bytes !== length || bytes === 0) return end("short body");
        const server = String(answer.headers[this.#servedBy] ?? "?");
        this.#result.servedBy[server] = (this.#result.servedBy[server] ?? 0) + 1;
        end();
      });
    });
    outgoing.on("timeout", () => {
      end("timeout");
      outgoing.destroy();
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    outgoing.end();
  }

  #succeed(): void {
    const now = Date.now();
    this.#result.longestGap = Math.max(this.#result.longestGap, now - this.#lastSuccess);
    this.#lastSuccess = now;
  }
}

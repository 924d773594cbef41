/** HTTP to a Docker engine on a machine that is reached by SSH. */
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { ensureSshFolder } from "../ssh/options.ts";
import type { SshTarget } from "../ssh/target.ts";
import { type Line, dial, openLine } from "./ssh-line.ts";

/**
 * Requests at a time, and connections that rest, where each is a session. An sshd allows ten of them over one login by
 * default (`MaxSessions`): beside these there are those that a release holds open, and the Docker provider's.
 */
const SESSIONS = { requests: 3, resting: 1 };
/** The same where none is. */
const SOCKETS = { requests: 8, resting: 4 };

/** For dockerode: connections are kept and used again. */
export function sshAgent(target: SshTarget): Agent {
  ensureSshFolder();
  return new SshAgent(target);
}

class SshAgent extends Agent {
  readonly #target: SshTarget;
  /** How the engine is reached; undefined before the first connection. */
  #way: "socket" | "session" | undefined;

  constructor(target: SshTarget) {
    super({ keepAlive: true, maxSockets: SESSIONS.requests, maxFreeSockets: SESSIONS.resting });
    this.#target = target;
  }

  override createConnection(): Duplex {
    return new SshConnection((signal) => this.#open(signal));
  }

  async #open(signal: AbortSignal): Promise<Line> {
    if (this.#way !== "session") {
      const line = await openLine(this.#target, signal);
      if (line !== undefined) {
        this.#way = "socket";
        this.maxSockets = SOCKETS.requests;
        this.maxFreeSockets = SOCKETS.resting;
        return line;
      }
      // It has been the engine before: what is wrong with it now is said by the session.
      this.#way ??= "session";
    }
    return dial(this.#target);
  }
}

/** A connection by a line that is yet to be opened, as a socket. */
class SshConnection extends Duplex {
  readonly #giveUp = new AbortController();
  readonly #opening: Promise<Line | undefined>;
  #line: Line | undefined;
  #keeps = true;
  /** Runs out when nothing has come or gone for as long as the socket's user waits. */
  #silence: NodeJS.Timeout | undefined;

  constructor(open: (signal: AbortSignal) => Promise<Line>) {
    super();
    this.#opening = open(this.#giveUp.signal).then(
      (line) => this.#opened(line),
      (error: Error) => void this.destroy(error),
    );
  }

  #opened(line: Line): Line | undefined {
    if (this.destroyed) {
      line.close();
      return undefined;
    }
    this.#line = line;
    if (!this.#keeps) line.keep(false);
    line.in.on("data", (chunk: Buffer) => {
      this.#silence?.refresh();
      if (!this.push(chunk)) line.in.pause();
    });
    line.in.resume();
    void line.ended.then((error) => this.#ended(error));
    return line;
  }

  #ended(error: Error | undefined): void {
    if (error !== undefined && !this.destroyed) {
      this.destroy(error);
      return;
    }
    // The engine has closed it, e.g. for its own end. Whoever keeps it for a next request must see that.
    this.once("end", () => this.destroy());
    this.push(null);
    this.read(0);
  }

  override _read(): void {
    this.#line?.in.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void) {
    this.#silence?.refresh();
    void this.#opening.then((line) =>
      line?.out.write(chunk, encoding, (error) => {
        if (error == null) done(); // else its end says why
      }),
    );
  }

  override _final(done: () => void): void {
    void this.#opening.then((line) => line?.out.end(done));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#silence);
    this.#giveUp.abort();
    this.#line?.close();
    done(error);
  }

  // What an agent asks of a socket. A connection that rests does not keep its process from ending.
  ref(): this {
    this.#keeps = true;
    this.#line?.keep(true);
    return this;
  }

  unref(): this {
    this.#keeps = false;
    this.#line?.keep(false);
    return this;
  }

  setKeepAlive(): this {
    return this; // ssh asks for signs of life itself
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(milliseconds: number, told?: () => void): this {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (told !== undefined) this.once("timeout", told);
    if (milliseconds > 0) {
      this.#silence = setTimeout(() => this.emit("timeout"), milliseconds).unref();
    }
    return this;
  }
}

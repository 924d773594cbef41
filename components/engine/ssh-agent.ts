/**
 * HTTP to a Docker engine on a machine that is reached by SSH: each connection is `docker system dial-stdio` there,
 * as the docker command line and the Docker provider have it.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { explainFailure } from "../ssh/explain.ts";
import { ensureSshFolder, sshArguments } from "../ssh/options.ts";
import type { SshTarget } from "../ssh/target.ts";

/**
 * Requests at a time. An sshd allows ten sessions over one login by default (`MaxSessions`): beside these there are
 * those that a release holds open, and the Docker provider's.
 */
const MOST_REQUESTS = 3;
/** Connections that rest: each is a session that others could have. */
const MOST_RESTING = 1;
/** Bytes of ssh's complaints that are kept. */
const MOST_WORDS = 4096;

/** For dockerode: connections are kept and used again. */
export function sshAgent(target: SshTarget): Agent {
  ensureSshFolder();
  return new SshAgent(target);
}

class SshAgent extends Agent {
  readonly #target: SshTarget;

  constructor(target: SshTarget) {
    super({ keepAlive: true, maxSockets: MOST_REQUESTS, maxFreeSockets: MOST_RESTING });
    this.#target = target;
  }

  override createConnection(): Duplex {
    return new SshConnection(this.#target);
  }
}

/** A connection by the standard streams of a process, as a socket. */
class SshConnection extends Duplex {
  readonly #target: SshTarget;
  readonly #process: ChildProcessWithoutNullStreams;
  #words = "";
  /** Runs out when nothing has come or gone for as long as the socket's user waits. */
  #silence: NodeJS.Timeout | undefined;

  constructor(target: SshTarget) {
    super();
    this.#target = target;
    this.#process = spawn("ssh", sshArguments(target, ["docker", "system", "dial-stdio"]), {
      stdio: "pipe",
      // Its messages are read, see explain.ts.
      env: { ...process.env, LC_ALL: "C" },
    });
    const { stdin, stdout, stderr } = this.#process;
    stdout.on("data", (chunk: Buffer) => {
      this.#silence?.refresh();
      if (!this.push(chunk)) stdout.pause();
    });
    stderr.setEncoding("utf8");
    stderr.on("data", (text: string) => (this.#words = (this.#words + text).slice(-MOST_WORDS)));
    stdin.on("error", () => {}); // told by its end
    this.#process.once("error", (error) => this.destroy(error));
    this.#process.once("close", (code) => this.#ended(code));
  }

  #ended(code: number | null): void {
    if (code === 0 || this.destroyed) {
      // The engine has closed it, e.g. for its own end. Whoever keeps it for a next request must see that.
      this.once("end", () => this.destroy());
      this.push(null);
      this.read(0);
      return;
    }
    void explainFailure(this.#target, this.#words, code).then((why) =>
      this.destroy(new Error(why)),
    );
  }

  override _read(): void {
    this.#process.stdout.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void) {
    this.#silence?.refresh();
    this.#process.stdin.write(chunk, encoding, (error) => {
      if (error == null) done(); // else its end says why
    });
  }

  override _final(done: () => void): void {
    this.#process.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#silence);
    this.#process.kill();
    done(error);
  }

  // What an agent asks of a socket. A connection that rests does not keep its process from ending.
  ref(): this {
    this.#all((each) => each.ref());
    return this;
  }

  unref(): this {
    this.#all((each) => each.unref());
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

  #all(act: (each: { ref(): unknown; unref(): unknown }) => unknown): void {
    const { stdin, stdout, stderr } = this.#process;
    for (const each of [this.#process, stdin, stdout, stderr]) {
      act(each as unknown as { ref(): unknown; unref(): unknown });
    }
  }
}

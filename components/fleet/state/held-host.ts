/**
 * A host as a release uses it while it holds the lock there: every call ends at once when the lock is
 * lost or the release is told to stop, and nothing is asked of the engine from then on.
 */
import type { HostInspection } from "../../engine/inspection.ts";
import type { HostNetworks } from "../../engine/networks.ts";
import type {
  CommandOptions,
  ContainerView,
  ExecLimits,
  ExecResult,
  FileEntry,
  HelperSpec,
  ImageStore,
  ReleaseHost,
  Session,
} from "../../engine/host.ts";
import { readFileSync } from "node:fs";
import type { Lease } from "./lease.ts";
import type { HostLock } from "./lock.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const fence = read("./fence.sh");
const asHolder = read("./as-holder.sh");
/** What fence.sh ends with. */
const REFUSED = 76;

/** A command that runs a script of a release's after fence.sh. @param name `$0` of the script. */
export function fenced(script: string, name: string, ...args: string[]): string[] {
  return ["bash", "-c", `${fence}${script}`, name, ...args];
}

/** The release was told to stop: Ctrl-C, SIGTERM, or the process that started it has ended. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(why: string) {
    super(`The release was interrupted: ${why}.`);
  }
}

export class HeldHost implements ReleaseHost {
  readonly name: string;
  readonly inspection: HostInspection;
  readonly images: ImageStore;
  readonly networks: HostNetworks;
  /** What the host knows the lock's holder by. */
  readonly token: string;
  readonly #host: ReleaseHost;
  readonly #lease: Lease;
  readonly #signal: AbortSignal | undefined;
  readonly #stopped: Promise<never>;
  #takingBack = false;

  /** @param signal aborted with an `Interrupted` when the release must stop. */
  constructor(
    host: ReleaseHost,
    { lease, token }: Pick<HostLock, "lease" | "token">,
    signal?: AbortSignal,
  ) {
    this.name = host.name;
    this.token = token;
    this.#host = host;
    this.#lease = lease;
    this.#signal = signal;
    this.#stopped = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    this.#stopped.catch(() => {}); // told by whatever is under way
    this.inspection = guarding(host.inspection, (call) => this.whileHeld(call));
    this.images = guarding(host.images, (call) => this.whileHeld(call));
    this.networks = guarding(host.networks, (call) => this.whileHeld(call));
  }

  /** From now on the release rolls back what it did, and finishes that although it is interrupted. */
  takeBack(): void {
    this.#takingBack = true;
  }

  inspect(container: string): Promise<ContainerView | undefined> {
    return this.whileHeld(() => this.#host.inspect(container));
  }

  list(stack: string): Promise<ContainerView[]> {
    return this.whileHeld(() => this.#host.list(stack));
  }

  limitPids(container: string, limit: number): Promise<void> {
    return this.whileHeld(() => this.#host.limitPids(container, limit));
  }

  start(container: string): Promise<void> {
    return this.whileHeld(() => this.#host.start(container));
  }

  stop(container: string, grace: number): Promise<void> {
    return this.whileHeld(() => this.#host.stop(container, grace));
  }

  remove(container: string): Promise<void> {
    return this.whileHeld(() => this.#host.remove(container));
  }

  logs(container: string, lines: number): Promise<string> {
    return this.whileHeld(() => this.#host.logs(container, lines));
  }

  exec(
    container: string,
    command: readonly string[],
    stdin?: string,
    limits?: ExecLimits,
  ): Promise<ExecResult> {
    return this.whileHeld(() => this.#host.exec(container, command, stdin, limits));
  }

  /** The host itself refuses it when somebody else has the lock, also if this process was suspended meanwhile. */
  async change(container: string, command: readonly string[], stdin?: string): Promise<ExecResult> {
    const whole = fenced(asHolder, "as-holder", this.token, ...command);
    return this.heed(await this.whileHeld(() => this.#host.change(container, whole, stdin)));
  }

  /** @throws LockLost if a command that was fenced has been refused. */
  heed(result: ExecResult): ExecResult {
    const { exitCode, stderr, stdout } = result;
    if (exitCode !== REFUSED) return result;
    this.#lease.lose((stderr || stdout).trim());
    this.#lease.check();
    return result;
  }

  session(container: string, command: string[], input: string): Promise<Session> {
    return this.whileHeld(() => this.#host.session(container, command, input));
  }

  helperSession(spec: HelperSpec & { engine: true }): Promise<Session | undefined>;
  helperSession(spec: HelperSpec): Promise<Session>;
  helperSession(spec: HelperSpec): Promise<Session | undefined> {
    return this.whileHeld(() => this.#host.helperSession(spec));
  }

  /** Told to stop, the command is ended first, and then its run fails. */
  async runLike(
    container: string,
    command: readonly string[],
    options: CommandOptions,
  ): Promise<number> {
    const signal = this.#takingBack ? undefined : this.#signal;
    this.#check();
    const run = this.#host.runLike(container, command, { ...options, signal });
    const code = await Promise.race([run, this.#lease.lost]);
    this.#check();
    return code;
  }

  readFile(container: string, path: string): Promise<string | undefined> {
    return this.whileHeld(() => this.#host.readFile(container, path));
  }

  writeFiles(container: string, folder: string, files: FileEntry[]): Promise<void> {
    return this.whileHeld(() => this.#host.writeFiles(container, folder, files));
  }

  fillVolume(volume: string, container: string, files: Record<string, string>): Promise<void> {
    return this.whileHeld(() => this.#host.fillVolume(volume, container, files));
  }

  #check(): void {
    this.#lease.check();
    if (!this.#takingBack && this.#signal?.aborted === true) throw this.#signal.reason as Error;
  }

  /** A call that is made while the lock is held, and ends at once when that is lost. */
  async whileHeld<T>(call: () => Promise<T>): Promise<T> {
    this.#check();
    const answer = call();
    answer.catch(() => {}); // an answer that comes too late is nobody's
    const ends = this.#takingBack ? [this.#lease.lost] : [this.#lease.lost, this.#stopped];
    return Promise.race([answer, ...ends]);
  }
}

/** The same object, each of its methods by way of `through`. All of them are asynchronous. */
function guarding<T extends object>(
  whole: T,
  through: (call: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(whole, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const method = value as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => through(() => method.apply(target, args));
    },
  });
}

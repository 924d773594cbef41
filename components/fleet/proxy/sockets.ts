/** A running HAProxy's two sockets, reached from inside its container: commands, maps and reloads. */
import { setTimeout as pause } from "node:timers/promises";
import { cut } from "../../output/text.ts";
import type { ExecResult, ReleaseHost } from "../../engine/host.ts";
import { ADMIN_SOCKET, MASTER_SOCKET } from "./programs.ts";
import { mapCommands, parseMap } from "./runtime-api.ts";

/** Most commands that are sent over one connection. */
const BATCH = 50;
/** Most bytes of them: the proxy's buffer (`tune.bufsize`) has 16 KiB, and needs some of it itself. */
const MOST_BYTES = 12 * 1024;

/** A program that waits beside the proxy for what it is told, so that nothing has to be started there for it. */
export interface Messenger {
  readonly isOpen: boolean;
  /** Runtime commands, in one line. */
  tell(commands: string): Promise<ExecResult>;
  run(command: readonly string[]): Promise<ExecResult>;
}

/** Talks to the proxy, or the forwarder, in `container`. */
export class ProxySockets {
  readonly #host: ReleaseHost;
  readonly #container: string;
  /** Backends of the running proxy; undefined: not asked for since it was started or reloaded. */
  #backends: string[] | undefined;
  /** Without one, each command is a process that the engine starts. */
  messenger: Messenger | undefined;

  constructor(host: ReleaseHost, container: string) {
    this.#host = host;
    this.#container = container;
  }

  /**
   * Waits until a process that was started answers.
   * @param what it is called.
   * @throws with its own words if it does not come up.
   */
  async untilAnswers(what: "proxy" | "forwarder"): Promise<void> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const view = await this.#host.inspect(this.#container);
      if (view !== undefined && (!view.running || view.restarts > 0)) {
        throw await this.#silent(what, "does not start. Its last words:");
      }
      if (await this.answers()) return;
      if (Date.now() > deadline) throw await this.#silent(what, "gives no answer after 15 s:");
      await pause(100);
    }
  }

  async #silent(what: string, problem: string): Promise<Error> {
    const logs = await this.#host.logs(this.#container, 20);
    return new Error(`The ${what} \`${this.#container}\` ${problem}\n${logs}`);
  }

  /** Whether it answers yet. */
  async answers(): Promise<boolean> {
    this.#backends = undefined;
    try {
      const result = await this.#host.exec(this.#container, socat(ADMIN_SOCKET), "show info\n");
      return result.exitCode === 0 && result.stdout.includes("Name: HAProxy");
    } catch {
      return false; // not running yet
    }
  }

  /**
   * Sends runtime commands, up to 50 over one connection, and returns the answers.
   * @throws if one is too long, before any is sent; or with what the proxy says against one.
   */
  async tell(commands: string[]): Promise<string[]> {
    const answers: string[] = [];
    for (const batch of batches(commands)) {
      const result = await this.#send(batch);
      if (result.exitCode !== 0) {
        throw new Error(
          `The proxy \`${this.#container}\` on host \`${this.#host.name}\` does not answer: ${cut((result.stderr + result.stdout).trim(), 500)}`,
        );
      }
      const refusal = refusalOf(batch, result.stdout);
      if (refusal !== undefined) {
        const told = batch.map((command) => cut(command, 200)).join("; ");
        throw new Error(`The proxy refuses a command (${told}): ${refusal}`);
      }
      answers.push(result.stdout);
    }
    return answers;
  }

  #send(batch: string[]): Promise<ExecResult> {
    const line = batch.join(";");
    if (this.messenger?.isOpen === true) return this.messenger.tell(line);
    const how = batch.every((command) => command.startsWith("show ")) ? "exec" : "change";
    return this.#host[how](this.#container, socat(ADMIN_SOCKET), `${line}\n`);
  }

  /** Runs a program in the container that changes something there, and needs no input. */
  change(command: readonly string[]): Promise<ExecResult> {
    if (this.messenger?.isOpen === true) return this.messenger.run(command);
    return this.#host.change(this.#container, command);
  }

  /** The backends of a service's slot: one for each port, that of the main one first. */
  async backendsOf(main: string): Promise<string[]> {
    this.#backends ??= (await this.tell(["show backend"])).join("").split("\n");
    return [main, ...this.#backends.filter((name) => name.startsWith(`${main}.`))];
  }

  /** The entries of a map, by key. */
  async readMap(path: string): Promise<Map<string, string>> {
    const [answer = ""] = await this.tell([`show map ${path}`]);
    return parseMap(answer);
  }

  /** Makes entries of a map what is wanted; `undefined` removes one. */
  async setMap(path: string, wanted: [string, string | undefined][]): Promise<void> {
    const commands = mapCommands(path, await this.readMap(path), wanted);
    if (commands.length > 0) await this.tell(commands);
  }

  /** Makes a map hold these entries and no others, all at once, whatever it held. */
  async replaceMap(path: string, entries: [string, string][]): Promise<void> {
    const now = await this.readMap(path);
    if (now.size === entries.length && entries.every(([key, value]) => now.get(key) === value))
      return;
    const [answer = ""] = await this.tell([`prepare map ${path}`]);
    const version = /^New version created: (\d+)$/m.exec(answer)?.[1];
    if (version === undefined) throw new Error(`The proxy prepares no map: ${answer.trim()}`);
    try {
      await this.tell(entries.map(([key, value]) => `add map @${version} ${path} ${key} ${value}`));
    } catch (error) {
      await this.tell([`clear map @${version} ${path}`]);
      throw error;
    }
    await this.tell([`commit map @${version} ${path}`]);
  }

  /** How many workers of before a reload still end their connections. */
  async oldWorkers(): Promise<number> {
    const { stdout } = await this.#host.exec(this.#container, socat(MASTER_SOCKET), "show proc\n");
    const old = /^# old workers\n((?:\d.*\n)*)/m.exec(stdout)?.[1] ?? "";
    return old.split("\n").filter((line) => line !== "").length;
  }

  /** Starts a new worker with the files as they are, which takes over the sockets of the old one. */
  async reload(): Promise<void> {
    this.#backends = undefined;
    const result = await this.#host.change(this.#container, socat(MASTER_SOCKET), "reload\n");
    if (result.stdout.includes("Success=1")) return;
    throw new Error(`The proxy could not be reloaded:\n${result.stdout}${result.stderr}`);
  }
}

function socat(socket: string): string[] {
  return ["socat", "-t15", "-", `UNIX-CONNECT:${socket}`];
}

/** Commands in the order they have, in parts that the proxy takes. */
function batches(commands: string[]): string[][] {
  const all: string[][] = [];
  let bytes = Infinity;
  for (const command of commands) {
    const size = Buffer.byteLength(command) + 1;
    if (size > MOST_BYTES) {
      throw new Error(`A command is too long for the proxy (${size} bytes): ${cut(command, 200)}`);
    }
    const last = all.at(-1);
    if (last === undefined || last.length === BATCH || bytes + size > MOST_BYTES) {
      all.push([command]);
      bytes = size;
    } else {
      last.push(command);
      bytes += size;
    }
  }
  return all;
}

/** What the proxy says against one of `batch`; undefined if nothing. */
function refusalOf(batch: string[], answer: string): string | undefined {
  // Of these a success has no words; of `set server` some have, and of `show` all.
  if (batch.every((command) => /^(add|set|del|clear|commit) map /.test(command))) {
    return answer.trim() === "" ? undefined : answer.trim();
  }
  if (batch.some((command) => command.startsWith("show"))) return undefined;
  const words =
    /^(No such|Unknown|Can't|Invalid|The command is too big|'?[a-z ]+ requires|Require|Missing).*$/im;
  return words.exec(answer)?.[0];
}

/** The running proxy's two sockets, reached from inside its container: commands, maps and reloads. */
import type { ReleaseHost } from "./host.ts";
import { mapCommands, parseMap } from "./runtime-api.ts";

const ADMIN = "/run/longshore/admin.sock";
const MASTER = "/run/longshore/master.sock";
/** Most commands that are sent over one connection. */
const BATCH = 50;

/** Talks to the proxy in `container`. */
export class ProxySockets {
  readonly #host: ReleaseHost;
  readonly #container: string;

  constructor(host: ReleaseHost, container: string) {
    this.#host = host;
    this.#container = container;
  }

  /** Whether the proxy answers yet. */
  async answers(): Promise<boolean> {
    try {
      const result = await this.#host.exec(this.#container, socat(ADMIN), "show info\n");
      return result.exitCode === 0 && result.stdout.includes("Name: HAProxy");
    } catch {
      return false; // not running yet
    }
  }

  /** Sends runtime commands, up to 50 over one connection, and returns the answers. */
  async tell(commands: string[]): Promise<string[]> {
    const answers: string[] = [];
    for (let at = 0; at < commands.length; at += BATCH) {
      const batch = commands.slice(at, at + BATCH);
      const input = `${batch.join(";")}\n`;
      const result = await this.#host.exec(this.#container, socat(ADMIN), input);
      if (result.exitCode !== 0) {
        throw new Error(
          `The proxy \`${this.#container}\` on host \`${this.#host.name}\` does not answer: ${result.stderr.trim()}`,
        );
      }
      const refusal =
        /^(No such|Unknown|Can't|Invalid|'?[a-z ]+ requires|Require|Missing).*$/im.exec(
          result.stdout,
        );
      if (refusal !== null && !batch.some((command) => command.startsWith("show"))) {
        throw new Error(`The proxy refuses a command (${batch.join("; ")}): ${refusal[0]}`);
      }
      answers.push(result.stdout);
    }
    return answers;
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

  /** Starts a new worker with the files as they are, which takes over the sockets of the old one. */
  async reload(): Promise<void> {
    const result = await this.#host.exec(this.#container, socat(MASTER), "reload\n");
    if (result.stdout.includes("Success=1")) return;
    throw new Error(`The proxy could not be reloaded:\n${result.stdout}${result.stderr}`);
  }
}

function socat(socket: string): string[] {
  return ["socat", "-t15", "-", `UNIX-CONNECT:${socket}`];
}

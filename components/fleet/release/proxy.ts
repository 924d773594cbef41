/**
 * The proxy of one host during a release: its files, its runtime commands, and what its health
 * checks see. Everything runs inside the proxy's container, so that nothing is asked of the machine
 * that deploys but a connection to the engine.
 */
import { configShape, renderProxyFiles } from "./render.ts";
import type { FileEntry, ReleaseHost } from "./host.ts";
import { type ServerStatus, parseStat, serverCommands } from "./runtime-api.ts";
import type { HostState, SlotName } from "./types.ts";

const FOLDER = "/etc/longshore";
const MAP = `${FOLDER}/slots.map`;
const ADMIN = "/run/longshore/admin.sock";
const MASTER = "/run/longshore/master.sock";
/** The proxy image's user, fixed in components/fleet/proxy/Dockerfile. */
export const PROXY_USER = { uid: 10001, gid: 10001 };

/** Controls the proxy in `container` on `host`. */
export class Proxy {
  readonly host: ReleaseHost;
  readonly container: string;

  constructor(host: ReleaseHost, container: string) {
    this.host = host;
    this.container = container;
  }

  /** What the proxy was last told to serve; undefined before the first release. */
  async readState(): Promise<HostState | undefined> {
    const content = await this.host.readFile(this.container, `${FOLDER}/state.json`);
    return content === undefined ? undefined : (JSON.parse(content) as HostState);
  }

  async running(): Promise<boolean> {
    return (await this.host.inspect(this.container))?.running ?? false;
  }

  /**
   * Writes the files for `state` and starts the proxy with them.
   * @throws with the proxy's own words if it does not come up.
   */
  async start(state: HostState): Promise<void> {
    await this.host.writeFiles(this.container, FOLDER, this.#entries(state));
    await this.host.start(this.container);
    const deadline = Date.now() + 15_000;
    for (;;) {
      const view = await this.host.inspect(this.container);
      if (view !== undefined && (!view.running || view.restarts > 0)) {
        const logs = await this.host.logs(this.container, 20);
        throw new Error(`The proxy \`${this.container}\` does not start. Its last words:\n${logs}`);
      }
      if (await this.#answers()) return;
      if (Date.now() > deadline) {
        const logs = await this.host.logs(this.container, 20);
        throw new Error(`The proxy \`${this.container}\` gives no answer after 15 s:\n${logs}`);
      }
      await pause(100);
    }
  }

  async #answers(): Promise<boolean> {
    try {
      const result = await this.host.exec(this.container, socat(ADMIN), "show info\n");
      return result.exitCode === 0 && result.stdout.includes("Name: HAProxy");
    } catch {
      return false; // not running yet: the loop in `start` looks why
    }
  }

  /**
   * Makes the running proxy hold `next`: by its socket where the shape stays, by a reload where it
   * does not. Which slot serves does not change here, see `flip`.
   */
  async apply(current: HostState, next: HostState): Promise<"told" | "reloaded" | "unchanged"> {
    const commit = await this.#prepare(this.#entries(next));
    const reload = configShape(current) !== configShape(next);
    if (reload) {
      const config = `${FOLDER}/next/haproxy.cfg`;
      const check = await this.host.exec(this.container, ["haproxy", "-c", "-q", "-f", config]);
      if (check.exitCode !== 0) {
        throw new Error(`The proxy refuses its new configuration:\n${check.stderr}${check.stdout}`);
      }
    }
    await commit();
    if (reload) {
      await this.#reload();
      return "reloaded";
    }
    const commands = serverCommands(current, next);
    if (commands.length === 0) return "unchanged";
    await this.tell(commands);
    return "told";
  }

  /** Switches each of `services` to the slot that `next` names. Files first, then the running proxy. */
  async flip(next: HostState, services: string[]): Promise<void> {
    const files = this.#entries(next).filter(({ name }) => name !== "haproxy.cfg");
    await (
      await this.#prepare(files)
    )();
    const current = await this.activeSlots();
    const commands = services.flatMap((name) => {
      const active = next.services[name]?.active;
      if (active === undefined) return current.has(name) ? [`del map ${MAP} ${name}`] : [];
      const verb = current.has(name) ? "set" : "add";
      return [`${verb} map ${MAP} ${name} ${name}.${active}`];
    });
    if (commands.length > 0) await this.tell(commands);
  }

  /** Which slot the running proxy really uses for each service. */
  async activeSlots(): Promise<Map<string, SlotName>> {
    const [answer = ""] = await this.tell([`show map ${MAP}`]);
    return new Map(
      answer
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .flatMap(([, name, backend]) =>
          name === undefined || backend === undefined
            ? []
            : [[name, backend.slice(-1) as SlotName] as const],
        ),
    );
  }

  /** The servers of a service's slot as the proxy's health checks see them. */
  async servers(service: string, slot: SlotName): Promise<ServerStatus[]> {
    const [answer = "[]"] = await this.tell(["show stat json"]);
    return parseStat(answer).filter(({ backend }) => backend === `${service}.${slot}`);
  }

  /** Sends runtime commands, one connection, and returns their answers. */
  async tell(commands: string[]): Promise<string[]> {
    const answers: string[] = [];
    for (const batch of chunk(commands, 50)) {
      const result = await this.host.exec(this.container, socat(ADMIN), `${batch.join(";")}\n`);
      if (result.exitCode !== 0) {
        throw new Error(
          `The proxy \`${this.container}\` on host \`${this.host.name}\` does not answer: ${result.stderr.trim()}`,
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

  async #reload(): Promise<void> {
    const result = await this.host.exec(this.container, socat(MASTER), "reload\n");
    if (!result.stdout.includes("Success=1")) {
      throw new Error(`The proxy could not be reloaded:\n${result.stdout}${result.stderr}`);
    }
  }

  /** Puts files beside those in use. What it returns puts them in their place. */
  async #prepare(files: FileEntry[]): Promise<() => Promise<void>> {
    await this.host.writeFiles(this.container, `${FOLDER}/next`, files);
    const paths = files.map(({ name }) => `${FOLDER}/next/${name}`);
    // Each is a rename within one folder: a proxy that restarts meanwhile finds whole files.
    return () => this.#must(["mv", "-f", ...paths, `${FOLDER}/`]);
  }

  async #must(command: string[]): Promise<void> {
    const result = await this.host.exec(this.container, command);
    if (result.exitCode !== 0) {
      throw new Error(
        `\`${command.join(" ")}\` failed in \`${this.container}\`: ${result.stderr || result.stdout}`,
      );
    }
  }

  #entries(state: HostState): FileEntry[] {
    const files = renderProxyFiles(state);
    return Object.entries(files).map(([name, content]) => ({
      name,
      content: content as string,
      mode: 0o644,
      ...PROXY_USER,
    }));
  }
}

function socat(socket: string): string[] {
  return ["socat", "-t15", "-", `UNIX-CONNECT:${socket}`];
}

function chunk<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Resolves after `milliseconds`. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The configuration folder in the proxy's container: files are prepared beside those in use, then put in place. */
import { readFileSync } from "node:fs";
import { PROXY_USER } from "../state/record.ts";
import type { FileEntry, ReleaseHost } from "../../engine/host.ts";
import { ENTRY_FOLDER, PROXY_CONFIG, PROXY_FOLDER } from "./programs.ts";
import { renderProxyFiles, renderTrialConfig } from "./render.ts";
import type { HostState } from "../types.ts";

const commitScript = readFileSync(new URL("../state/commit.sh", import.meta.url), "utf8");

const NEXT = `${PROXY_FOLDER}/next`;

export class ProxyFolder {
  readonly #host: ReleaseHost;
  readonly #container: string;

  constructor(host: ReleaseHost, container: string) {
    this.#host = host;
    this.#container = container;
  }

  /** Writes all files of `state` straight to their places, for a proxy that does not run. */
  async fill(state: HostState): Promise<void> {
    await this.#host.writeFiles(this.#container, PROXY_FOLDER, entries(state));
  }

  /** Puts all files in place, for a proxy that restarts: it serves the same. */
  async write(state: HostState): Promise<void> {
    const commit = await this.prepare(state);
    await commit();
  }

  /** Puts files beside those in use. What it returns puts them in their place. */
  async prepare(state: HostState): Promise<() => Promise<void>> {
    const files = entries(state);
    await this.#host.writeFiles(this.#container, NEXT, files);
    const paths = files.map(({ name }) => `${NEXT}/${name}`);
    return () => this.#commit(paths);
  }

  /** Makes the forwarder lead to this container, as every commit does. */
  async takeEntry(): Promise<void> {
    await this.#commit([]);
  }

  /** Removes the sockets of all other containers. */
  async clearEntries(): Promise<void> {
    const others = 'find "$0" -mindepth 1 -maxdepth 1 -type d ! -name "$HOSTNAME" -exec rm -r {} +';
    await this.#must(["sh", "-c", others, ENTRY_FOLDER], "sockets of before could not be removed");
  }

  #commit(paths: string[]): Promise<void> {
    const commit = ["sh", "-c", commitScript, "commit", ...paths];
    return this.#must(commit, "its files could not be put in place");
  }

  /**
   * Removes files that were put beside those in use, by a trial or a killed deployer.
   * @param ports what the proxy listens at, after a reload: its sockets for others go, too.
   */
  async clear(ports?: number[]): Promise<void> {
    const sockets = ports?.flatMap((port) => ["!", "-name", String(port)]) ?? [];
    const script =
      'find "$0" -mindepth 1 -delete' +
      (ports === undefined ? "" : ' && find "$1/$HOSTNAME" -mindepth 1 "${@:2}" -delete');
    const command = ["bash", "-c", script, NEXT, ENTRY_FOLDER, ...sockets];
    await this.#must(command, "what an interrupted release left could not be removed");
  }

  /**
   * Has the proxy read the files that were prepared for `state`.
   * @throws if it refuses them, or warns of something: it would then work otherwise than meant.
   */
  async tryPrepared(state: HostState): Promise<void> {
    await this.#host.writeFiles(this.#container, NEXT, [
      entry("trial.cfg", renderTrialConfig(state, NEXT)),
    ]);
    await this.#try(`${NEXT}/trial.cfg`);
  }

  /** Has the proxy read the files in place. @throws as `tryPrepared` does. */
  async tryOut(): Promise<void> {
    await this.#try(`${PROXY_FOLDER}/${PROXY_CONFIG}`);
  }

  async #try(file: string): Promise<void> {
    const command = ["haproxy", "-dW", "-c", "-f", file];
    const check = await this.#host.exec(this.#container, command);
    if (check.exitCode === 0) return;
    throw new Error(`The proxy refuses its configuration:\n${check.stderr}${check.stdout}`);
  }

  async #must(command: string[], problem: string): Promise<void> {
    const { exitCode, stderr, stdout } = await this.#host.change(this.#container, command);
    if (exitCode === 0) return;
    throw new Error(
      `The proxy \`${this.#container}\` on host \`${this.#host.name}\`: ${problem}: ${(stderr || stdout).trim()}`,
    );
  }
}

function entries(state: HostState): FileEntry[] {
  return Object.entries(renderProxyFiles(state)).map(([name, text]) => entry(name, text));
}

function entry(name: string, content: string): FileEntry {
  return { name, content, mode: 0o644, ...PROXY_USER };
}

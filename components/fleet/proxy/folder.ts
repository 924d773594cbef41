/** The configuration folder in the proxy's container: files are prepared beside those in use, then put in place. */
import { readFileSync } from "node:fs";
import { PROXY_USER } from "../state/record.ts";
import type { FileEntry, ReleaseHost } from "../../engine/host.ts";
import type { Certificates } from "./certificate.ts";
import { CERTIFICATE_FILE, ENTRY_FOLDER, PROXY_CONFIG, PROXY_FOLDER } from "./programs.ts";
import type { ProxySockets } from "./sockets.ts";
import { renderProxyFiles, renderTrialConfig } from "./render.ts";
import type { HostState } from "../types.ts";

const commitScript = readFileSync(new URL("../state/commit.sh", import.meta.url), "utf8");

const NEXT = `${PROXY_FOLDER}/next`;

/** Files beside those in use. */
interface Prepared {
  /** Whether another certificate is among them. */
  replaces: boolean;
  /**
   * Has the proxy read them.
   * @throws if it refuses them, or warns of something: it would then work otherwise than meant.
   */
  tryOut: () => Promise<void>;
  /** Puts them in their place. */
  commit: () => Promise<void>;
}

export class ProxyFolder {
  readonly #host: ReleaseHost;
  readonly #container: string;
  readonly #certificates: Certificates;
  readonly #sockets: ProxySockets;

  constructor(
    host: ReleaseHost,
    container: string,
    certificates: Certificates,
    sockets: ProxySockets,
  ) {
    this.#host = host;
    this.#container = container;
    this.#certificates = certificates;
    this.#sockets = sockets;
  }

  /** Writes all files of `state` straight to their places, for a proxy that does not run. */
  async fill(state: HostState): Promise<void> {
    await this.#host.writeFiles(this.#container, PROXY_FOLDER, entries(state));
  }

  /** Puts all files in place, for a proxy that restarts: it serves the same. @param before as for `prepare`. */
  async write(state: HostState, before?: HostState): Promise<void> {
    const { commit } = await this.prepare(state, before);
    await commit();
  }

  /**
   * Puts files beside those in use.
   * @param before what those say, where the certificate may be another one. Default: it is the same.
   */
  async prepare(state: HostState, before = state): Promise<Prepared> {
    const [from, to] = [before.certificate, state.certificate];
    if (from !== undefined && from !== to) {
      await this.#certificates.keep(this.#host, this.#container, from);
    }
    const certificate = to === undefined || to === from ? [] : [this.#certificates.file(to)];
    // The certificate first: whoever reads in state.json that it is there finds it.
    const files = [...certificate, ...entries(state)];
    await this.#host.writeFiles(this.#container, NEXT, files);
    const paths = files.map(({ name }) => `${NEXT}/${name}`);
    const replaces = certificate.length > 0;
    return {
      replaces,
      tryOut: () => this.#tryPrepared(state, replaces),
      commit: () => this.#commit(paths),
    };
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
   * @param serves after a reload: sockets for ports that the proxy does not listen at go, too, and a certificate that
   * it has no use for.
   */
  async clear(serves?: { ports: number[]; certificate: boolean }): Promise<void> {
    const sockets = serves?.ports.flatMap((port) => ["!", "-name", String(port)]) ?? [];
    const script =
      'find "$0" -mindepth 1 -delete' +
      (serves === undefined ? "" : ' && find "$1/$HOSTNAME" -mindepth 1 "${@:2}" -delete') +
      (serves?.certificate === false ? ` && rm -f ${PROXY_FOLDER}/${CERTIFICATE_FILE}` : "");
    const command = ["bash", "-c", script, NEXT, ENTRY_FOLDER, ...sockets];
    await this.#must(command, "what an interrupted release left could not be removed");
  }

  /** Has the proxy read the files that were prepared for `state`. What it refuses does not stay. */
  async #tryPrepared(state: HostState, replaces: boolean): Promise<void> {
    const certificate = `${replaces ? NEXT : PROXY_FOLDER}/${CERTIFICATE_FILE}`;
    const trial = entry("trial.cfg", renderTrialConfig(state, NEXT, certificate));
    await this.#host.writeFiles(this.#container, NEXT, [trial]);
    try {
      await this.#try(`${NEXT}/trial.cfg`);
    } catch (error) {
      await this.clear().catch(() => undefined); // why it was refused is what counts
      throw error;
    }
  }

  /** Has the proxy read the files in place. @throws as `Prepared.tryOut` does. */
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
    const { exitCode, stderr, stdout } = await this.#sockets.change(command);
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

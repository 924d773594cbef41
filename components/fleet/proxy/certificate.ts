/**
 * The certificate of a host's proxy: a file beside its configuration, which only the proxy's user can read, and which
 * the running proxy is told to read again. The key goes into the file and from there to the proxy; it is in no command,
 * no answer and no error.
 */
import { readFileSync } from "node:fs";
import type { FileEntry, ReleaseHost } from "../../engine/host.ts";
import { cut } from "../../output/text.ts";
import { PROXY_USER } from "../state/record.ts";
import type { Certificate } from "../types.ts";
import { ADMIN_SOCKET, CERTIFICATE_FILE, PROXY_FOLDER } from "./programs.ts";

const script = readFileSync(new URL("./set-certificate.sh", import.meta.url), "utf8");

/** What the proxies of a host are given: the wanted certificate, and the one of before while a release may go back. */
export class Certificates {
  /** Fingerprint → chain and key, as they are in the file. */
  readonly #known = new Map<string, string>();

  constructor(wanted?: Certificate) {
    if (wanted !== undefined) this.#known.set(wanted.fingerprint, wanted.chain + wanted.key);
  }

  /** Keeps what a proxy's file holds, before it is replaced. */
  async keep(host: ReleaseHost, container: string, fingerprint: string): Promise<void> {
    if (this.#known.has(fingerprint)) return;
    const held = await host.readFile(container, `${PROXY_FOLDER}/${CERTIFICATE_FILE}`);
    if (held !== undefined) this.#known.set(fingerprint, held);
  }

  /** The file. @throws if nobody has told the certificate. */
  file(fingerprint: string): FileEntry {
    const content = this.#known.get(fingerprint);
    if (content === undefined) throw new Error(`The certificate ${fingerprint} is not known here.`);
    return { name: CERTIFICATE_FILE, content, mode: 0o400, ...PROXY_USER };
  }
}

/**
 * Makes the running proxy serve the certificate in its file from the next handshake on, without a reload. Safe to
 * repeat.
 * @throws with what the proxy says against it, which then goes on with the one that it has.
 */
export async function serveCertificate(host: ReleaseHost, container: string): Promise<void> {
  const file = `${PROXY_FOLDER}/${CERTIFICATE_FILE}`;
  const command = ["sh", "-c", script, "set-certificate", ADMIN_SOCKET, file];
  const { exitCode, stdout, stderr } = await host.change(container, command);
  if (exitCode === 0) return;
  const words = cut((stderr + stdout).trim(), 500);
  throw new Error(
    `The proxy \`${container}\` on host \`${host.name}\` does not take the certificate: ${words}`,
  );
}

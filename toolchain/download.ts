// Official downloads: only what a published SHA-256 confirms is used. A host that cannot be reached
// is not tried again for the next piece.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EnvHttpProxyAgent, fetch, type Response } from "undici";
import { z } from "zod";
import { messageOf } from "./errors.ts";
import type { ChecksumSource, Download } from "./pieces.ts";

/** Why a download was not used; the piece is then built instead. */
export class NotDownloaded extends Error {
  override name = "NotDownloaded";
}

export const CONNECT_TIMEOUT_MS = 5000;

const Release = z.object({
  assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

export interface DownloadOptions {
  /** Serves every host's files under `/HOST/PATH`: `LONGSHORE_TOOLCHAIN_MIRROR`. */
  mirror?: string;
  connectTimeoutMs?: number;
  /** Silence of the server that is taken for an end. */
  idleTimeoutMs?: number;
}

export class Downloads {
  readonly #options: DownloadOptions;
  readonly #agent: EnvHttpProxyAgent;
  readonly #unreachable = new Map<string, string>();

  constructor(options: DownloadOptions = {}) {
    this.#options = options;
    const idle = options.idleTimeoutMs ?? 20_000;
    this.#agent = new EnvHttpProxyAgent({
      connect: { timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS },
      headersTimeout: idle,
      bodyTimeout: idle,
    });
  }

  /** Downloads to `target` and returns the file's SHA-256, which is that of the published list. */
  async save(download: Download, target: string): Promise<string> {
    const wanted = await this.#checksum(download);
    for (let attempt = 1; ; attempt++) {
      const response = await this.#get(download.url);
      const hash = createHash("sha256");
      try {
        await pipeline(
          Readable.fromWeb(response.body as never),
          async function* (chunks: AsyncIterable<Buffer>) {
            for await (const chunk of chunks) {
              hash.update(chunk);
              yield chunk;
            }
          },
          createWriteStream(target),
        );
      } catch (error) {
        // A connection that broke off in the middle deserves a second try, a host that does so twice not.
        if (attempt < 2) continue;
        throw this.#giveUp(download.url, `broke off: ${messageOf(error)}`);
      }
      const found = hash.digest("hex");
      if (found === wanted) return found;
      throw new NotDownloaded(
        `${download.url} has the SHA-256 ${found}, but ${wanted} is published for it`,
      );
    }
  }

  /** Nothing of it can be had, as earlier tries have shown. */
  isHopeless(download: Download): boolean {
    const lost = ({ url }: { url: string }) => this.#unreachable.has(new URL(url).host);
    return lost(download) || download.checksums.every(lost);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #checksum(download: Download): Promise<string> {
    const reasons: string[] = [];
    for (const source of download.checksums) {
      try {
        const found = await this.#lookUp(source, download.file);
        if (found !== undefined) return found;
        reasons.push(`${source.url} does not list it`);
      } catch (error) {
        if (!(error instanceof NotDownloaded)) throw error;
        reasons.push(error.message);
        if (this.#unreachable.has(new URL(download.url).host)) throw error;
      }
    }
    throw new NotDownloaded(`there is no checksum of ${download.file}: ${reasons.join("; ")}`);
  }

  async #lookUp(source: ChecksumSource, file: string): Promise<string | undefined> {
    const response = await this.#get(source.url);
    try {
      const text = await response.text();
      return source.form === "list" ? fromList(text, file) : fromRelease(text, file);
    } catch (error) {
      throw this.#giveUp(source.url, `cannot be read: ${messageOf(error)}`);
    }
  }

  async #get(url: string): Promise<Response> {
    const { host, pathname } = new URL(url);
    const before = this.#unreachable.get(host);
    if (before !== undefined) throw new NotDownloaded(before);
    const { mirror } = this.#options;
    const at = mirror === undefined ? url : `${mirror.replace(/\/$/, "")}/${host}${pathname}`;
    let response: Response;
    try {
      response = await fetch(at, { dispatcher: this.#agent });
    } catch (error) {
      throw this.#giveUp(url, `cannot be reached: ${messageOf(error)}`);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    // What a company's gateway answers in the host's place holds for all of its files.
    if ([403, 407, 429, 502, 503, 504].includes(response.status)) {
      throw this.#giveUp(url, `answers ${response.status}`);
    }
    throw new NotDownloaded(`${url} answers ${response.status}`);
  }

  #giveUp(url: string, what: string): NotDownloaded {
    const { host } = new URL(url);
    const reason = `${host} ${what}`;
    this.#unreachable.set(host, reason);
    return new NotDownloaded(reason);
  }
}

/** `HEX  FILE`, as sha256sum writes it, perhaps with `*` or `./` before the name. */
export function fromList(text: string, file: string): string | undefined {
  for (const line of text.split("\n")) {
    const [sum, name] = line.trim().split(/\s+/);
    if (name?.replace(/^\*?(\.\/)?/, "") === file && /^[0-9a-f]{64}$/i.test(sum ?? "")) {
      return sum?.toLowerCase();
    }
  }
  return undefined;
}

function fromRelease(text: string, file: string): string | undefined {
  const asset = Release.parse(JSON.parse(text)).assets.find(({ name }) => name === file);
  return /^sha256:([0-9a-f]{64})$/.exec(asset?.digest ?? "")?.[1];
}

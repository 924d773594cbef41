// Downloads from a stand-in on loopback: only what a published checksum confirms, and no host twice
// that has failed.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CONNECT_TIMEOUT_MS,
  Downloads,
  type DownloadOptions,
  fromList,
} from "../../../toolchain/download.ts";
import type { Download } from "../../../toolchain/pieces.ts";
import { type StandIn, serve, sha256 } from "./stand-in.ts";

const download: Download = {
  url: "https://files.example/tool.tar.gz",
  file: "tool.tar.gz",
  checksums: [
    { url: "https://lists.example/sums.txt", form: "list" },
    { url: "https://api.example/release", form: "github-release" },
  ],
  unpack: "raw",
};
const FILE = "files.example/tool.tar.gz";
const LIST = "lists.example/sums.txt";
const RELEASE = "api.example/release";

let server: StandIn;
let folder: string;
let opened: Downloads[] = [];

beforeEach(async () => {
  server = await serve();
  folder = mkdtempSync(join(tmpdir(), "longshore-download-"));
});
afterEach(async () => {
  await Promise.all(opened.map((downloads) => downloads.close()));
  opened = [];
  await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function downloads(options: DownloadOptions = {}): Downloads {
  const made = new Downloads({ mirror: server.url, ...options });
  opened.push(made);
  return made;
}

const target = () => join(folder, "target");

describe("a download", () => {
  it("is saved if it has the listed checksum", async () => {
    server.files.set(FILE, "content");
    server.files.set(LIST, `${sha256("x")}  other.tar.gz\n${sha256("content")}  tool.tar.gz\n`);
    await expect(downloads().save(download, target())).resolves.toBe(sha256("content"));
    expect(readFileSync(target(), "utf8")).toBe("content");
  });

  it("is refused if it has another one, and both are named", async () => {
    server.files.set(FILE, "evil");
    server.files.set(LIST, `${sha256("content")}  tool.tar.gz\n`);
    await expect(downloads().save(download, target())).rejects.toThrow(
      `https://files.example/tool.tar.gz has the SHA-256 ${sha256("evil")}, but ${sha256("content")} is published for it`,
    );
  });

  it("is checked against the release's own digests where there is no list", async () => {
    server.files.set(FILE, "content");
    const assets = [{ name: "tool.tar.gz", digest: `sha256:${sha256("content")}` }];
    server.files.set(RELEASE, JSON.stringify({ assets }));
    await expect(downloads().save(download, target())).resolves.toBe(sha256("content"));
  });

  it("is not even asked for where no checksum can be had", async () => {
    server.files.set(FILE, "content");
    server.files.set(LIST, "");
    await expect(downloads().save(download, target())).rejects.toThrow(
      "there is no checksum of tool.tar.gz: https://lists.example/sums.txt does not list it; https://api.example/release answers 404",
    );
    expect(server.requests).toEqual([LIST, RELEASE]);
    expect(existsSync(target())).toBe(false);
  });

  it("that breaks off half-way is tried once more", async () => {
    let tries = 0;
    server.files.set(FILE, (_, response) => {
      response.writeHead(200, { "content-length": "7" });
      if (++tries > 1) response.end("content");
      else response.write("cont", () => response.destroy());
    });
    server.files.set(LIST, `${sha256("content")}  tool.tar.gz\n`);
    await expect(downloads().save(download, target())).resolves.toBe(sha256("content"));
    expect(tries).toBe(2);
  });

  it("that breaks off twice is given up", async () => {
    server.files.set(FILE, (_, response) => {
      response.writeHead(200, { "content-length": "7" });
      response.write("cont", () => response.destroy());
    });
    server.files.set(LIST, `${sha256("content")}  tool.tar.gz\n`);
    await expect(downloads().save(download, target())).rejects.toThrow(/^files\.example broke off/);
    expect(server.requests.filter((path) => path === FILE)).toHaveLength(2);
  });

  it("that falls silent is given up", async () => {
    server.files.set(FILE, (_, response) => {
      response.writeHead(200, { "content-length": "7" }).write("cont");
    });
    server.files.set(LIST, `${sha256("content")}  tool.tar.gz\n`);
    const saved = downloads({ idleTimeoutMs: 100 }).save(download, target());
    await expect(saved).rejects.toThrow(/^files\.example broke off/);
  });
});

describe("a host that cannot be reached", () => {
  it("is named with its reason, and not tried again", async () => {
    const here = downloads();
    await server.close();
    await expect(here.save(download, target())).rejects.toThrow(
      /lists\.example cannot be reached: .*ECONNREFUSED.*api\.example cannot be reached/,
    );
    expect(here.isHopeless(download)).toBe(true);
    server = await serve(new Map([[LIST, "never asked"]]));
    await expect(here.save(download, target())).rejects.toThrow("lists.example cannot be reached");
    expect(server.requests).toEqual([]);
  });

  it("does not keep other hosts from being tried", async () => {
    const here = downloads();
    server.files.set(LIST, (_, response) => response.destroy());
    await expect(here.save(download, target())).rejects.toThrow("there is no checksum");
    expect(here.isHopeless({ ...download, checksums: [] as never[] })).toBe(true);
    expect(here.isHopeless(download)).toBe(false);
  });

  it.each([403, 502, 503])("may be a gateway that answers %i", async (status) => {
    server.files.set(LIST, (_, response) => response.writeHead(status).end());
    server.files.set(RELEASE, (_, response) => response.writeHead(status).end());
    const here = downloads();
    await expect(here.save(download, target())).rejects.toThrow(`lists.example answers ${status}`);
    expect(here.isHopeless(download)).toBe(true);
  });

  it("is given up after the connect timeout, which is five seconds at most", async () => {
    expect(CONNECT_TIMEOUT_MS).toBeLessThanOrEqual(5000);
    // Takes connections, but never answers the TLS handshake.
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const mirror = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const started = Date.now();
    const saved = downloads({ mirror, connectTimeoutMs: 50 }).save(download, target());
    await expect(saved).rejects.toThrow(/lists\.example cannot be reached: .*[Tt]imeout/);
    expect(Date.now() - started).toBeLessThan(4000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe("a SHA-256 list", () => {
  const sum = sha256("content");
  it.each([
    ["sha256sum's", `${sum}  tool`, sum],
    ["sha256sum's for binary files", `${sum} *tool`, sum],
    ["with a folder", `${sum}  ./tool`, sum],
    ["in capitals, with CRLF", `${sum.toUpperCase()}  tool\r\n`, sum],
    ["of other files only", `${sum}  tool.tar.gz`, undefined],
    ["of another length", `${sum.slice(1)}  tool`, undefined],
    ["that is an error page", "<html>tool</html>", undefined],
  ])("%s", (_, text, expected) => {
    expect(fromList(text, "tool")).toBe(expected);
  });
});

// A stand-in for the download hosts on loopback, with small shell scripts in the programs' place,
// and a machine to install them on: folders and a PATH of their own.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as tar from "tar";
import { PIECES, PLUGINS, TOOLS } from "../../../toolchain/pieces.ts";
import { type Places, placesOf } from "../../../toolchain/places.ts";

export const SCRIPTS: Record<string, string> = {
  pulumi: 'case "$1" in version) echo v3.250.0 ;; package) exec "$3" ;; esac',
  "pulumi-language-nodejs": 'echo "Usage of $0:" >&2; exit 2',
  "pulumi-resource-command": `echo '{"version":"1.2.1"}'`,
  "pulumi-resource-docker": `echo '{"version":"5.2.0"}'`,
  "pulumi-resource-docker-build": `echo '{"version":"0.0.22"}'`,
  "pulumi-resource-digitalocean": `echo '{"version":"4.80.1"}'`,
  buildkitd: "echo buildkitd github.com/moby/buildkit v0.31.0 abc",
  "docker-buildx": "echo github.com/docker/buildx v0.35.0",
};

export function script(file: string, body: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

type Answer = Buffer | string | ((request: IncomingMessage, response: ServerResponse) => void);

export interface StandIn {
  url: string;
  /** What was asked for, as HOST/PATH. */
  requests: string[];
  files: Map<string, Answer>;
  close(): Promise<void>;
}

export async function serve(files = new Map<string, Answer>()): Promise<StandIn> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "").slice(1);
    requests.push(path);
    const answer = files.get(path);
    if (typeof answer === "function") answer(request, response);
    else response.writeHead(answer === undefined ? 404 : 200).end(answer ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    files,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");

/** What the official hosts would serve for this machine. */
export function officialFiles(places: Places = placesOf()): Map<string, Answer> {
  const files = new Map<string, Answer>();
  for (const piece of [...PIECES, ...Object.values(PLUGINS)]) {
    const download = piece.download?.(places);
    const [list] = download?.checksums ?? [];
    if (download === undefined || list === undefined) throw new Error("unsupported machine");
    const members =
      piece.setting === "PULUMI_HOME" && piece.ask !== "schema"
        ? ["pulumi/pulumi", "pulumi/pulumi-language-nodejs", "pulumi/pulumi-language-go"]
        : [piece.file, "LICENSE"];
    const path = download.url.replace("https://", "");
    if (files.has(path)) continue;
    const data = archive(members);
    files.set(path, data);
    files.set(list.url.replace("https://", ""), `${sha256(data)}  ${download.file}\n`);
  }
  return files;
}

export function buildxDownload(places: Places = placesOf()) {
  const download = TOOLS.buildx.download?.(places);
  if (download === undefined) throw new Error("unsupported machine");
  return download;
}

/** A .tar.gz of the scripts with these paths. */
export function archive(members: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "longshore-archive-"));
  try {
    for (const member of members) {
      script(join(folder, member), SCRIPTS[member.split("/").pop() ?? ""] ?? "true");
    }
    const file = join(folder, "archive.tar.gz");
    tar.create({ file, cwd: folder, gzip: true, sync: true, portable: true }, members);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Machine {
  folder: string;
  /** First on PATH. */
  bin: string;
  env: NodeJS.ProcessEnv;
  home(path?: string): string;
  remove(): void;
}

/** Nothing installed; PATH has the system's own programs, but no Go and no Pulumi. */
export function machine(mirror?: string): Machine {
  const folder = mkdtempSync(join(tmpdir(), "longshore-toolchain-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const env: NodeJS.ProcessEnv = {
    HOME: folder,
    PATH: `${bin}:/usr/bin:/bin`,
    PULUMI_HOME: join(folder, "pulumi"),
    LONGSHORE_CACHE: join(folder, "cache"),
    // An address nobody listens on: nothing here may reach the real hosts.
    LONGSHORE_TOOLCHAIN_MIRROR: mirror ?? "http://127.0.0.1:9",
  };
  return {
    folder,
    bin,
    env,
    home: (path = "") => join(folder, "pulumi", path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A `go` that "builds" by writing the scripts above; it notes each build in `builds`. */
export function fakeGo(on: Machine, version = "go1.26.8"): { builds: string } {
  const builds = join(on.folder, "builds");
  const scripts = join(on.folder, "scripts");
  for (const [name, body] of Object.entries(SCRIPTS)) script(join(scripts, name), body);
  const lines = [
    `if [ "$1" = env ]; then printf '%s\\n%s\\n' ${version} local; exit; fi`,
    'while [ "$1" != -o ]; do shift; done',
    `name=$(basename "$2"); echo "$name" >> ${builds}; cp "${scripts}/$name" "$2"`,
  ];
  script(join(on.bin, "go"), lines.join("\n"));
  return { builds };
}

// The whole toolchain on an empty machine, with a stand-in for the download hosts and for Go.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureTool, ensureToolchain, toolchainStatus } from "../../../toolchain/index.ts";
import { silent, type Progress } from "../../../toolchain/progress.ts";
import {
  type Machine,
  type StandIn,
  SCRIPTS,
  archive,
  buildxDownload,
  fakeGo,
  machine,
  officialFiles,
  script,
  serve,
  sha256,
} from "./stand-in.ts";

const BIN = "versions/3.250.0/bin";
const PLUGIN = "plugins/resource-command-v1.2.1";
let hosts: StandIn;
let here: Machine;

beforeEach(async () => {
  hosts = await serve(officialFiles());
  here = machine(hosts.url);
});
afterEach(async () => {
  here.remove();
  await hosts.close();
});

const ensure = (progress: Progress = silent) => ensureToolchain({ env: here.env, progress });
const origins = (result: { pieces: { name: string; origin: string }[] }) =>
  Object.fromEntries(result.pieces.map(({ name, origin }) => [name, origin]));
const all = (origin: string) => ({
  pulumi: origin,
  "language-nodejs": origin,
  command: origin,
  docker: origin,
  "docker-build": origin,
});
const built = (file: string) => readFileSync(file, "utf8").trim().split("\n");

describe("with the official hosts at hand", () => {
  it("everything is downloaded to where Pulumi looks for it", async () => {
    const result = await ensure();
    expect(origins(result)).toEqual(all("downloaded"));
    expect(result.pulumi).toBe(here.home(`${BIN}/pulumi`));
    expect(statSync(here.home(`${PLUGIN}/pulumi-resource-command`)).mode & 0o777).toBe(0o755);
    expect(existsSync(here.home(`${BIN}/pulumi-language-go`))).toBe(true);
    expect(existsSync(here.home(`${BIN}/pulumi-language-nodejs`))).toBe(true);
    expect(readdirSync(here.home()).sort()).toEqual(["plugins", "versions"]);
  });

  it("a plugin that only some stacks need comes when one asks for it", async () => {
    const options = { env: here.env, progress: silent };
    await ensureToolchain(options);
    const path = here.home("plugins/resource-digitalocean-v4.80.1/pulumi-resource-digitalocean");
    expect(existsSync(path)).toBe(false);
    const { pieces } = await ensureToolchain({ ...options, plugins: ["digitalocean"] });
    expect(pieces.at(-1)).toEqual({
      ...{ name: "digitalocean", version: "4.80.1", origin: "downloaded", path },
    });
    const before = hosts.requests.length;
    await ensureToolchain({ ...options, plugins: ["digitalocean"] });
    expect(hosts.requests).toHaveLength(before);
  });

  it("the environment has the CLI first on PATH, and keeps Pulumi off the network", async () => {
    expect((await ensure()).env).toEqual({
      PULUMI_HOME: here.home(),
      PATH: `${here.home(BIN)}:${here.env.PATH}`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
  });

  it("a second run asks nobody and finds all of it", async () => {
    await ensure();
    hosts.requests.length = 0;
    expect(origins(await ensure())).toEqual(all("downloaded"));
    expect(hosts.requests).toEqual([]);
  });

  it("only what is missing is downloaded", async () => {
    await ensure();
    hosts.requests.length = 0;
    writeFileSync(here.home(`${PLUGIN}.partial`), "");
    await ensure();
    expect(hosts.requests.every((path) => path.includes("command"))).toBe(true);
    expect(hosts.requests).toHaveLength(2);
    expect(existsSync(here.home(`${PLUGIN}.partial`))).toBe(false);
  });

  it("a program that was changed since is replaced", async () => {
    await ensure();
    const plugin = here.home(`${PLUGIN}/pulumi-resource-command`);
    writeFileSync(plugin, "cut o");
    await ensure();
    expect(readFileSync(plugin, "utf8")).toContain(SCRIPTS["pulumi-resource-command"]);
  });

  it("a wrong checksum is said, and the piece is built instead", async () => {
    const list = [...hosts.files.keys()].find((path) => /pulumi-docker_.*checksums/.test(path));
    hosts.files.set(list ?? "", `${"0".repeat(64)}  ${archiveName("docker")}\n`);
    const { builds } = fakeGo(here);
    const notes: string[] = [];
    const result = await ensure({ ...silent, note: (line) => notes.push(line) });
    expect(origins(result)).toEqual({ ...all("downloaded"), docker: "built" });
    expect(built(builds)).toEqual(["pulumi-resource-docker"]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(
      /^docker is not downloaded: .* has the SHA-256 .* is published for it$/,
    );
  });

  it("an archive without the program is not used either", async () => {
    const path = [...hosts.files.keys()].find((file) => file.includes("resource-docker-v")) ?? "";
    const data = archive(["LICENSE"]);
    hosts.files.set(path, data);
    const list = [...hosts.files.keys()].find((file) => /pulumi-docker_.*checksums/.test(file));
    hosts.files.set(list ?? "", `${sha256(data)}  ${archiveName("docker")}\n`);
    fakeGo(here);
    expect(origins(await ensure())).toMatchObject({ docker: "built", command: "downloaded" });
  });

  it("a program that does not run here is an error, and is not left in its place", async () => {
    here.remove();
    here = machine();
    fakeGo(here);
    script(join(here.folder, "scripts", "pulumi-resource-command"), "exit 126");
    await expect(ensure()).rejects.toThrow(
      /^command 1\.2\.1 was built, but the program does not run on this machine/,
    );
    expect(existsSync(here.home(PLUGIN))).toBe(false);
  });
});

describe("what is installed already", () => {
  it("is used where it fits, without a request", async () => {
    for (const file of ["pulumi", "pulumi-language-nodejs"]) {
      script(join(here.bin, file), SCRIPTS[file] ?? "");
    }
    for (const [name, version] of Object.entries({
      command: "1.2.1",
      docker: "5.2.0",
      "docker-build": "0.0.22",
    })) {
      const file = `pulumi-resource-${name}`;
      script(here.home(`plugins/resource-${name}-v${version}/${file}`), SCRIPTS[file] ?? "");
    }
    const result = await ensure();
    expect(origins(result)).toEqual(all("installed"));
    expect(result.pulumi).toBe(join(here.bin, "pulumi"));
    expect(hosts.requests).toEqual([]);
  });

  it.each([
    ["too old", "echo v3.249.0", true],
    ["without its Node.js language host", "echo v3.250.0", false],
    ["not working", "exit 1", true],
  ])("is left alone if the CLI is %s", async (_, body, withHost) => {
    script(join(here.bin, "pulumi"), body);
    const host = "pulumi-language-nodejs";
    if (withHost) script(join(here.bin, host), SCRIPTS[host] ?? "");
    expect((await ensure()).pulumi).toBe(here.home(`${BIN}/pulumi`));
    expect(readFileSync(join(here.bin, "pulumi"), "utf8")).toContain(body);
  });

  it("is asked for its version: a plugin in the wrong folder is replaced", async () => {
    const plugin = script(
      here.home(`${PLUGIN}/pulumi-resource-command`),
      `echo '{"version":"4.5.0"}'`,
    );
    expect(origins(await ensure())).toMatchObject({ command: "downloaded" });
    expect(readFileSync(plugin, "utf8")).toContain("1.2.1");
  });
});

describe("without the official hosts", () => {
  beforeEach(() => {
    here.env.LONGSHORE_TOOLCHAIN_MIRROR = "http://127.0.0.1:9";
  });

  it("everything is built, and the hosts are given up once", async () => {
    const { builds } = fakeGo(here);
    const notes: string[] = [];
    const result = await ensure({ ...silent, note: (line) => notes.push(line) });
    expect(origins(result)).toEqual(all("built"));
    expect(built(builds)).toHaveLength(5);
    expect(notes.map((note) => note.split(" is ")[0])).toEqual(["pulumi"]);
  });

  it("what was built is built again when its sources change, and nothing else", async () => {
    const { builds } = fakeGo(here);
    await ensure();
    writeFileSync(builds, "");
    const stamp = here.home(`${PLUGIN}/.longshore-pulumi-resource-command.json`);
    const noted = JSON.parse(readFileSync(stamp, "utf8")) as { fingerprint: string };
    writeFileSync(stamp, JSON.stringify({ ...noted, fingerprint: "of other sources" }));
    const { pieces } = await toolchainStatus({ env: here.env });
    expect(pieces[2]).toEqual({
      name: "command",
      version: "1.2.1",
      reason: "was built from other sources than there are now",
    });
    await ensure();
    expect(built(builds)).toEqual(["pulumi-resource-command"]);
  });

  it("a build that fails shows the compiler's words and the way out", async () => {
    script(
      join(here.bin, "go"),
      `[ "$1" = env ] && printf 'go1.26.8\\nlocal\\n' && exit; echo "main.go:1: no such thing" >&2; exit 1`,
    );
    const failed = ensure();
    await expect(failed).rejects.toThrow("Building pulumi failed: go build");
    await expect(failed).rejects.toThrow("main.go:1: no such thing");
    await expect(failed).rejects.toThrow("GOPROXY");
    expect(readdirSync(here.home())).toEqual([]);
  });

  it("a PULUMI_HOME that cannot be written is named", async () => {
    writeFileSync(join(here.folder, "file"), "");
    here.env.PULUMI_HOME = join(here.folder, "file", "pulumi");
    await expect(ensure()).rejects.toThrow(/cannot write to .*file\/pulumi.* set PULUMI_HOME to/);
  });
});

describe("tools beside Pulumi", () => {
  it("are taken from PATH where they fit", async () => {
    const program = script(join(here.bin, "buildkitd"), "echo buildkitd x v0.32.0 y");
    await expect(ensureTool("buildkitd", { env: here.env, progress: silent })).resolves.toBe(
      program,
    );
  });

  it("are taken from Docker's own plugins", async () => {
    const file = join(here.folder, ".docker/cli-plugins/docker-buildx");
    script(file, "echo github.com/docker/buildx v0.35.0 abc");
    await expect(ensureTool("buildx", { env: here.env, progress: silent })).resolves.toBe(file);
  });

  it("are downloaded to the cache otherwise", async () => {
    script(join(here.bin, "docker-buildx"), "echo github.com/docker/buildx v0.13.1");
    const download = buildxDownload();
    const program = `#!/bin/sh\n${SCRIPTS["docker-buildx"]}\n`;
    hosts.files.set(download.url.replace("https://", ""), program);
    const list = download.checksums[0]?.url.replace("https://", "") ?? "";
    hosts.files.set(list, `${sha256(program)} *${download.file}\n`);
    const path = await ensureTool("buildx", { env: here.env, progress: silent });
    expect(path).toBe(join(here.folder, "cache/tools/buildx-v0.35.0/docker-buildx"));
    expect(readFileSync(path, "utf8")).toBe(program);
  });

  it("are built there where they cannot be downloaded", async () => {
    fakeGo(here);
    mkdirSync(join(here.folder, "cache"));
    const path = await ensureTool("buildkitd", { env: here.env, progress: silent });
    expect(path).toBe(join(here.folder, "cache/tools/buildkitd-v0.31.0/buildkitd"));
  });
});

function archiveName(plugin: string): string {
  const path = [...hosts.files.keys()].find((file) => file.includes(`resource-${plugin}-v`));
  return path?.split("/").pop() ?? "";
}

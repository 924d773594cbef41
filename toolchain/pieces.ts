// What the toolchain is made of: each piece's version, its place, its official download, its Go
// module, and how to ask the program itself for its version.
import { join } from "node:path";
import semver from "semver";
import type { Places } from "./places.ts";

export type ToolName = "buildkitd" | "buildx" | "compose";
/** Plugins that only some stacks need. */
export type PluginName = "digitalocean";
export type PieceName =
  "pulumi" | "language-nodejs" | "command" | "docker" | "docker-build" | PluginName;

/** A SHA-256 list in the form of `sha256sum`, or the digests GitHub keeps of a release's files. */
export interface ChecksumSource {
  url: string;
  form: "list" | "github-release";
}

export interface Download {
  url: string;
  /** The file's name in the checksum sources. */
  file: string;
  /** Where it is not the piece's own. */
  version?: string;
  checksums: ChecksumSource[];
  /** Programs of other pieces that come with it. */
  brings?: string[];
  /** An archive with this many folders around the files, or the program itself. */
  unpack: { strip: number; only?: string[] } | "raw";
}

export interface Piece {
  name: PieceName | ToolName;
  /** What is installed where nothing fitting is there. */
  version: string;
  /** Whether a version found on the machine will do. */
  fits(found: string): boolean;
  /** The program's file name. */
  file: string;
  folder(places: Places): string;
  /** The setting that moves the folder. */
  setting: "PULUMI_HOME" | "LONGSHORE_CACHE";
  /** Arguments that make the program say its version; `schema`: ask through `pulumi`. */
  ask: string[] | "schema";
  go: { module: string; package: string; version?: string };
  download?(places: Places): Download | undefined;
}

export const CLI_VERSION = "3.250.0";
const LANGUAGE_HOST = "pulumi-language-nodejs";
const exactly = (version: string) => (found: string) => semver.eq(found, version);
const atLeast = (version: string) => (found: string) =>
  semver.gte(found, version) && semver.major(found) === semver.major(version);

const cliFolder = (places: Places) => join(places.pulumiHome, "versions", CLI_VERSION, "bin");
const GO_ARCH: Record<string, string> = { x64: "amd64", arm64: "arm64" };

function cliDownload(only?: string[]) {
  return ({ platform, arch }: Places): Download | undefined => {
    if (!isSupported(platform, arch)) return undefined;
    const file = `pulumi-v${CLI_VERSION}-${platform}-${arch}.tar.gz`;
    const base = "https://get.pulumi.com/releases/sdk";
    const list = `pulumi-${CLI_VERSION}-checksums.txt`;
    return {
      url: `${base}/${file}`,
      file,
      checksums: [
        { url: `${base}/${list}`, form: "list" },
        {
          url: `https://github.com/pulumi/pulumi/releases/download/v${CLI_VERSION}/${list}`,
          form: "list",
        },
      ],
      version: CLI_VERSION,
      brings: only === undefined ? [LANGUAGE_HOST] : [],
      unpack: { strip: 1, only },
    };
  };
}

/** Plugins are served without checksums; those are with the release on GitHub. */
function pluginDownload(name: string, version: string) {
  return ({ platform, arch }: Places): Download | undefined => {
    if (!isSupported(platform, arch)) return undefined;
    const file = `pulumi-resource-${name}-v${version}-${platform}-${GO_ARCH[arch]}.tar.gz`;
    const repository = `pulumi/pulumi-${name}`;
    return {
      url: `https://get.pulumi.com/releases/plugins/${file}`,
      file,
      checksums: [
        {
          url: `https://github.com/${repository}/releases/download/v${version}/pulumi-${name}_${version}_checksums.txt`,
          form: "list",
        },
        {
          url: `https://api.github.com/repos/${repository}/releases/tags/v${version}`,
          form: "github-release",
        },
      ],
      unpack: { strip: 0 },
    };
  };
}

function isSupported(platform: string, arch: string): boolean {
  return ["linux", "darwin"].includes(platform) && arch in GO_ARCH;
}

function plugin(name: PieceName, version: string, go: Piece["go"]): Piece {
  return {
    name,
    version,
    fits: exactly(version),
    file: `pulumi-resource-${name}`,
    folder: (places) => join(places.pulumiHome, "plugins", `resource-${name}-v${version}`),
    setting: "PULUMI_HOME",
    ask: "schema",
    go,
    download: pluginDownload(name, version),
  };
}

function tool(
  name: ToolName,
  version: string,
  rest: Pick<Piece, "file" | "ask" | "go" | "download">,
): Piece {
  return {
    name,
    version,
    fits: atLeast(version),
    folder: (places) => join(places.cache, "tools", `${name}-v${version}`),
    setting: "LONGSHORE_CACHE",
    ...rest,
  };
}

/** In the order in which they are needed: the CLI asks the plugins for their versions. */
export const PIECES: readonly Piece[] = [
  {
    name: "pulumi",
    version: CLI_VERSION,
    fits: atLeast(CLI_VERSION),
    file: "pulumi",
    folder: cliFolder,
    setting: "PULUMI_HOME",
    ask: ["version"],
    go: {
      module: "pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      version: `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${CLI_VERSION}`,
    },
    download: cliDownload(),
  },
  {
    name: "language-nodejs",
    // The newest one whose module can be had everywhere; it runs programs on today's SDK.
    version: "3.60.0",
    fits: () => true,
    file: LANGUAGE_HOST,
    folder: cliFolder,
    setting: "PULUMI_HOME",
    // It cannot say its version: that it starts at all is what can be asked.
    ask: ["-help"],
    go: {
      module: "language-nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      version: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.60.0",
    },
    download: cliDownload([LANGUAGE_HOST, "pulumi-resource-pulumi-nodejs"]),
  },
  plugin("command", "1.2.1", { module: "command", package: ".", version: "main.version=1.2.1" }),
  plugin("docker", "5.2.0", {
    module: "docker",
    package: ".",
    version: "longshore.dev/toolchain/docker/bridge.Version=5.2.0",
  }),
  plugin("docker-build", "0.0.22", {
    module: "docker-build",
    package: "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
    version: "github.com/pulumi/pulumi-docker-build/provider.Version=0.0.22",
  }),
];

export const PLUGINS: Record<PluginName, Piece> = {
  digitalocean: plugin("digitalocean", "4.80.1", {
    module: "digitalocean",
    package: ".",
    version: "main.version=4.80.1",
  }),
};

const github = (repository: string, version: string, file: string, list?: string): Download => {
  const release = `https://github.com/${repository}/releases/download/v${version}`;
  const digests = `https://api.github.com/repos/${repository}/releases/tags/v${version}`;
  return {
    url: `${release}/${file}`,
    file,
    checksums: [
      ...(list === undefined ? [] : [{ url: `${release}/${list}`, form: "list" as const }]),
      { url: digests, form: "github-release" },
    ],
    unpack: "raw",
  };
};

export const TOOLS: Record<ToolName, Piece> = {
  buildkitd: tool("buildkitd", "0.31.0", {
    file: "buildkitd",
    ask: ["--version"],
    go: {
      module: "buildkit",
      package: "github.com/moby/buildkit/cmd/buildkitd",
      version: "github.com/moby/buildkit/version.Version=v0.31.0",
    },
    download: ({ platform, arch }) =>
      platform === "linux" && arch in GO_ARCH
        ? {
            ...github("moby/buildkit", "0.31.0", `buildkit-v0.31.0.linux-${GO_ARCH[arch]}.tar.gz`),
            unpack: { strip: 1, only: ["buildkitd"] },
          }
        : undefined,
  }),
  buildx: tool("buildx", "0.35.0", {
    file: "docker-buildx",
    ask: ["version"],
    go: {
      module: "buildx",
      package: "github.com/docker/buildx/cmd/buildx",
      version: "github.com/docker/buildx/version.Version=v0.35.0",
    },
    download: ({ platform, arch }) =>
      isSupported(platform, arch)
        ? github(
            "docker/buildx",
            "0.35.0",
            `buildx-v0.35.0.${platform}-${GO_ARCH[arch]}`,
            "checksums.txt",
          )
        : undefined,
  }),
  compose: tool("compose", "2.40.3", {
    file: "docker-compose",
    ask: ["version"],
    go: {
      module: "compose",
      package: "github.com/docker/compose/v2/cmd",
      version: "github.com/docker/compose/v2/internal.Version=v2.40.3",
    },
    download: ({ platform, arch }) =>
      isSupported(platform, arch)
        ? github(
            "docker/compose",
            "2.40.3",
            `docker-compose-${platform}-${arch === "x64" ? "x86_64" : "aarch64"}`,
            "checksums.txt",
          )
        : undefined,
  }),
};

/**
 * A host for tests of a release without Pulumi: a real proxy, and containers that fail as told, on the
 * workbench's engine. All of it carries one label, by which it is removed; so is what a crash left.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { execa } from "execa";
import { dockerClient } from "../../../components/engine/client.ts";
import { connectHost } from "../../../components/engine/engine-host.ts";
import { type ReleaseHost } from "../../../components/engine/host.ts";
import {
  FORWARDER_COMMAND,
  PROXY_COMMAND,
  SOCKETS_TMPFS,
} from "../../../components/fleet/proxy/programs.ts";
import { PROXY_USER } from "../../../components/fleet/state/record.ts";
import { renderProxyFiles } from "../../../components/fleet/proxy/render.ts";
import type { HostState } from "../../../components/fleet/types.ts";
import { ensureTool } from "../../../toolchain/index.ts";
import { type Workbench, up as workbenchUp } from "../../../workbench/index.ts";
import { removeLabelled } from "../../../workbench/labelled.ts";
import { pull } from "../../support/pull.ts";
import { ROOT } from "../../support/test-stack.ts";

export const STACK = "longshore-e2e/causes";
const NAME = "longshore-e2e-causes";
const LABEL = `longshore.stack=${STACK}`;
const IMAGES = ["proxy", "foreign", "mislabelled"] as const;
type Image = (typeof IMAGES)[number];

export class Stage {
  readonly docker: Docker;
  readonly host: ReleaseHost;
  readonly dockerHost: string;
  readonly #registry: string;

  private constructor(workbench: Workbench) {
    this.dockerHost = workbench.dockerHost;
    this.docker = dockerClient(workbench.dockerHost);
    this.host = connectHost("local", workbench.dockerHost);
    this.#registry = workbench.registry;
  }

  /** Builds the images, and creates a network and a proxy that serves nothing yet. */
  static async create(): Promise<Stage> {
    const workbench = await workbenchUp();
    const stage = new Stage(workbench);
    await stage.#sweep();
    await stage.#build(workbench);
    const Labels = { "longshore.stack": STACK };
    await stage.docker.createNetwork({ Name: NAME, Labels });
    await stage.docker.createVolume({ Name: `${NAME}-files`, Labels });
    const wayIn = { proxy: PROXY_COMMAND, forwarder: FORWARDER_COMMAND };
    for (const [role, command] of Object.entries(wayIn)) {
      await stage.docker.createContainer({
        name: `${NAME}-${role}`,
        Image: stage.#reference("proxy"),
        Cmd: command,
        Labels: { ...Labels, "longshore.role": role, "longshore.service": "proxy" },
        HostConfig: {
          Init: true,
          NetworkMode: NAME,
          Tmpfs: SOCKETS_TMPFS,
          Mounts: [{ Type: "volume", Source: `${NAME}-files`, Target: "/etc/longshore" }],
        },
      });
    }
    return stage;
  }

  get forwarder(): string {
    return `${NAME}-forwarder`;
  }

  get proxy(): string {
    return `${NAME}-proxy`;
  }

  /** What the proxy shall find when it starts. */
  async remember(state: HostState): Promise<void> {
    const files = Object.entries(renderProxyFiles(state)).map(([name, content]) => ({
      ...{ name, content: content, mode: 0o644, ...PROXY_USER },
    }));
    await this.host.writeFiles(this.proxy, "/etc/longshore", files);
  }

  /** A replica of a service, created only. Runs `command`; `/tmp/serve.sh` answers HTTP requests. */
  async copy(
    name: string,
    command: string[],
    more: {
      image?: Image;
      init?: boolean;
      memory?: number;
      restart?: string;
      port?: number;
      /** As root without capabilities; `sealed`: and with a root file system that is read-only. */
      may?: "nothing" | "sealed";
    } = {},
  ): Promise<void> {
    const container = await this.docker.createContainer({
      name,
      Image: this.#reference(more.image ?? "proxy"),
      Cmd: command,
      ...(more.may === undefined ? {} : { User: "0" }),
      ExposedPorts: more.port === undefined ? {} : { "80/tcp": {} },
      Labels: {
        "longshore.stack": STACK,
        "longshore.role": "service",
        "longshore.service": name.replace(/-\d+$/, ""),
      },
      HostConfig: {
        NetworkMode: NAME,
        Init: more.init ?? true,
        RestartPolicy: { Name: more.restart ?? "no" },
        ...(more.may === undefined ? {} : { CapDrop: ["ALL"] }),
        ReadonlyRootfs: more.may === "sealed",
        ...(more.memory === undefined ? {} : { Memory: more.memory, MemorySwap: more.memory }),
        ...(more.port === undefined
          ? {}
          : { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(more.port) }] } }),
      },
    });
    // Nothing in it that could run a script, or nobody who could put it there.
    if (more.image !== undefined || more.may === "sealed") return;
    const script = readFileSync(join(import.meta.dirname, "serve.sh"), "utf8");
    const file = { name: "serve.sh", content: script, mode: 0o755, uid: 0, gid: 0 };
    await this.host.writeFiles(container.id, "/tmp", [file]);
  }

  /** Names of the stack's containers that run. */
  async running(): Promise<string[]> {
    const views = await this.host.list(STACK);
    return views.flatMap(({ name, running }) => (running ? [name] : [])).sort();
  }

  /** Helper containers of diagnoses, running or not. */
  async helpers(): Promise<string[]> {
    const filters = { label: [LABEL, "longshore.helper"] };
    const found = await this.docker.listContainers({ all: true, filters });
    return found.map(({ Names }) => Names[0] ?? "");
  }

  /** A helper container as a crashed release leaves it. */
  async leaveHelper(): Promise<void> {
    await this.docker.createContainer({
      Image: this.#reference("proxy"),
      Labels: { "longshore.stack": STACK, "longshore.helper": "sockets" },
    });
  }

  async remove(): Promise<void> {
    await this.#sweep();
    const left = await removeLabelled(this.docker, LABEL);
    if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
  }

  #reference(image: Image): string {
    return `${this.#registry}/${NAME}/${image}:test`;
  }

  async #sweep(): Promise<void> {
    await removeLabelled(this.docker, LABEL);
    for (const image of IMAGES) {
      await this.docker
        .getImage(this.#reference(image))
        .remove({ force: true })
        .catch((error: { statusCode?: number }) => {
          if (error.statusCode !== 404) throw error;
        });
    }
  }

  async #build(workbench: Workbench): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), `${NAME}-`));
    const buildx = await ensureTool("buildx");
    const build = async (image: Image, context: string, platform: string) => {
      const output = `type=image,name=${this.#reference(image)},push=true`;
      const args = ["build", "--progress=plain", "--platform", platform, "--output", output];
      const target = image === "proxy" ? ["--target", "release"] : [];
      await execa(buildx, [...args, ...target, context], { env: workbench.env });
      await pull(this.docker, this.#reference(image));
    };
    try {
      const native = `linux/${(await this.docker.version()).Arch}`;
      const other = native === "linux/amd64" ? "linux/arm64" : "linux/amd64";
      mkdirSync(join(folder, "foreign"));
      writeFileSync(join(folder, "foreign/server"), foreignProgram(other), { mode: 0o755 });
      writeFileSync(
        join(folder, "foreign/Dockerfile"),
        'FROM scratch\nCOPY server /server\nCMD ["/server"]\n',
      );
      await build("proxy", join(ROOT, "components/fleet/proxy/image"), native);
      await build("foreign", join(folder, "foreign"), other);
      await build("mislabelled", join(folder, "foreign"), native);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The head of a program for another machine: enough for the kernel to refuse it. */
function foreignProgram(platform: string): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(platform === "linux/arm64" ? 183 : 62, 18);
  return header;
}

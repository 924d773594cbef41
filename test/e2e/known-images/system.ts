/** A system of well-known images on a stack of its own: what its program reads, and what happens to it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { orUndefined } from "../../../components/engine/errors.ts";
import type { RouteArgs, ServiceArgs } from "../../../components/services/index.ts";
import { buildImage } from "../../support/build-image.ts";
import { LoadImages } from "../../support/load/images.ts";
import { ROOT, type Ran, TestStack } from "../../support/test-stack.ts";

/** A kind of image, and its folder in test/fixtures/known-images. */
const KINDS = {
  postgres: "postgres",
  nginx: "nginx",
  phpApache: "php-apache",
  rabbitmq: "rabbitmq",
  tomcat: "tomcat",
};
export type Kind = keyof typeof KINDS;

export interface KnownService {
  kind: Kind;
  image: string;
  /** The definition for an image that starts as root. */
  asRoot?: boolean;
  /** What differs from the definition in the docs. */
  changes?: Partial<Omit<ServiceArgs, "image" | "secrets" | "environment">>;
}

/** By service: what differs from what it was created with. */
export type Changes = Record<string, Omit<KnownService, "kind" | "image">>;

/** As the program reads it. */
export interface System {
  proxyImage: string;
  routes: RouteArgs[];
  services: Record<string, KnownService>;
}

export class KnownImages {
  readonly stack: TestStack;
  readonly #system: System;

  private constructor(stack: TestStack, system: System) {
    this.stack = stack;
    this.#system = system;
  }

  /** Builds the images. Nothing runs yet. */
  static async create(
    name: string,
    kinds: Record<string, Kind>,
    routes: RouteArgs[],
  ): Promise<KnownImages> {
    const stack = await TestStack.create(name);
    const proxyImage = await new LoadImages(stack.workbench).proxy();
    const services: Record<string, KnownService> = {};
    for (const [service, kind] of Object.entries(kinds)) {
      const context = join(ROOT, "test/fixtures/known-images", KINDS[kind]);
      const image = await buildImage(stack.workbench, `known-${KINDS[kind]}`, context);
      services[service] = { kind, image };
    }
    writeFileSync(join(stack.folder, "index.ts"), 'import "./test/e2e/known-images/program.ts";\n');
    return new KnownImages(stack, { proxyImage, routes, services });
  }

  /** `pulumi up` with these services changed for this once; `fails` if it must. */
  up(changes: Changes = {}, options: { fails?: boolean } = {}): Promise<Ran> {
    const services = Object.entries(this.#system.services).map(([name, service]) => {
      return [name, { ...service, ...changes[name] }] as const;
    });
    const system = { ...this.#system, services: Object.fromEntries(services) };
    writeFileSync(join(this.stack.folder, "system.json"), JSON.stringify(system));
    return this.stack.up(options);
  }

  /** Leaves nothing, not even the images, which are large. */
  async destroy(): Promise<void> {
    await this.stack.destroy();
    for (const { image } of Object.values(this.#system.services)) {
      const found = await orUndefined(this.stack.docker.getImage(image).inspect());
      if (found === undefined) continue;
      // With the tags that hosts keep of the last releases.
      await this.stack.docker.getImage(found.Id).remove({ force: true });
    }
  }

  /** What a command prints in a service's container that runs, as that one's user. */
  async run(service: string, command: string[]): Promise<string> {
    const exec = await (
      await this.#container(service)
    ).exec({
      Cmd: command,
      AttachStdout: true,
      Tty: true, // one stream, without frames
    });
    return text(await exec.start({ Tty: true }));
  }

  /** All that it has printed. */
  async log(service: string): Promise<string> {
    const container = await this.#container(service);
    return (await container.logs({ stdout: true, stderr: true })).toString();
  }

  async #container(service: string): Promise<Docker.Container> {
    const found = (await this.stack.containers())[service] ?? [];
    const running = found.filter((container) => container.running);
    if (running.length !== 1) throw new Error(`${running.length} containers of ${service} run`);
    return this.stack.docker.getContainer(running[0]?.id ?? "");
  }
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().replaceAll("\r\n", "\n");
}

/**
 * An update that does not follow the program alone: a rollback puts a release of the ledger in the
 * place of the program's services; a promotion or deployment of a known version puts its images there.
 * The command line hands it over, see instruction-file.ts.
 */
import * as pulumi from "@pulumi/pulumi";
import { readInstructionFile } from "./instruction-file.ts";
import type { Service, Services } from "../services/index.ts";
import { restore, toImage } from "./snapshot.ts";
import type { Snapshot, StoredImage } from "./types.ts";

/** What an update is told to run. `images` is what TestedImage names in the place of a build. */
export type Instruction =
  | {
      kind: "rollback";
      /** The release that comes back. */
      to: number;
      snapshot: Snapshot;
      /** Secrets that keep the program's value. */
      keepSecrets: string[];
      images: Record<string, StoredImage>;
    }
  | {
      kind: "images";
      /** Where they come from, for messages, e.g. `release 7 of staging`. */
      source: string;
      images: Record<string, StoredImage>;
    };

/** The instruction of this update; undefined for one that follows the program. */
export function readInstruction(env: NodeJS.ProcessEnv = process.env): Instruction | undefined {
  return readInstructionFile(env) as Instruction | undefined;
}

/**
 * The services that an update runs.
 * @param services what the program defines.
 * @throws pulumi.RunError if the instruction does not fit the program.
 */
export function instructed(services: Services, instruction: Instruction | undefined): Services {
  if (instruction === undefined) return services;
  if (instruction.kind === "images") return withImages(services, instruction);
  const restored = restore(instruction.snapshot);
  const { keepSecrets } = instruction;
  const missing = keepSecrets.filter((name) => !services.list.some((own) => has(own, name)));
  if (missing.length > 0) {
    throw new pulumi.RunError(
      `--keep-secret ${missing.join(", ")}: the program defines no secret of that name. ` +
        `It defines: ${secretNames(services).join(", ") || "none"}.`,
    );
  }
  const list = restored.list.map((service) => keep(service, services.byName[service.name]));
  // What visitors come in by is the machine's, and as it is today.
  const proxy = restored.proxy && { ...restored.proxy, tls: services.proxy?.tls };
  return { list, byName: byName(list), proxy };

  function keep(service: Service, own: Service | undefined): Service {
    const value = (name: string) => own?.secrets.find((secret) => secret.name === name)?.value;
    const secrets = service.secrets.map((secret) =>
      keepSecrets.includes(secret.name)
        ? { ...secret, value: value(secret.name) ?? secret.value }
        : secret,
    );
    return { ...service, secrets };
  }
}

function withImages(
  services: Services,
  { images, source }: Extract<Instruction, { kind: "images" }>,
): Services {
  const missing = services.list.filter(({ name }) => images[name] === undefined);
  if (missing.length > 0) {
    throw new pulumi.RunError(
      `The program has services that ${source} has no image of: ` +
        `${missing.map(({ name }) => name).join(", ")}. Release those with \`longshore up\` there first.`,
    );
  }
  const list = services.list.map((service) => {
    const image = images[service.name];
    return image === undefined ? service : { ...service, image: toImage(image) };
  });
  const { proxy } = services;
  const proxyImage = proxy && images[proxy.name];
  return {
    list,
    byName: byName(list),
    proxy: proxy && proxyImage ? { ...proxy, image: toImage(proxyImage) } : proxy,
  };
}

function byName(list: Service[]): Record<string, Service> {
  const sorted = [...list].sort((x, y) => (x.name < y.name ? -1 : 1));
  return Object.fromEntries(sorted.map((service) => [service.name, service]));
}

function has(service: Service, secret: string): boolean {
  return service.secrets.some(({ name }) => name === secret);
}

function secretNames(services: Services): string[] {
  return [
    ...new Set(services.list.flatMap(({ secrets }) => secrets.map(({ name }) => name))),
  ].sort();
}

/** A service's volumes on one host: its storage, and the one that its secrets are put into. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../services/index.ts";
import { type Mount, labels } from "./container.ts";
import { fingerprint } from "./fingerprint.ts";

/** What a service's containers mount, and what the release puts there. */
export interface Storage {
  mounts: Mount[];
  /** Secret files and their volume; undefined without any. */
  secrets:
    { volume: pulumi.Output<string>; files: pulumi.Output<Record<string, string>> } | undefined;
}

/**
 * Declares a service's volumes.
 * @param name prefix of the resources' names.
 * @param stack value of the label `longshore.stack`.
 * @param protect keeps volumes that hold data from being deleted.
 */
export function declareStorage(
  name: string,
  service: Service,
  { stack, protect }: { stack: string; protect: boolean },
  options: pulumi.CustomResourceOptions,
): Storage {
  const mounts: Mount[] = service.volumes.map((volume) => ({
    name: new docker.Volume(
      `${name}-${volume.name}`,
      { labels: labels(stack) },
      { ...options, protect },
    ).name,
    at: volume.at,
    readOnly: false,
  }));
  const byFile = service.secrets.filter((secret) => secret.as === "file");
  if (byFile.length === 0) return { mounts, secrets: undefined };
  const files = pulumi.secret(
    pulumi.all(Object.fromEntries(byFile.map((secret) => [secret.name, secret.value]))),
  );
  // The name of the volume tells nothing about the values, so it need not be secret.
  const id = pulumi.unsecret(
    files.apply((values) => fingerprint(`${stack}/${service.name}`, values)),
  );
  const volume = new docker.Volume(
    `${name}-secrets`,
    { name: pulumi.interpolate`${name}-secrets-${id}`, labels: labels(stack) },
    // The provider would delete it first because it is named, and the containers that serve with it.
    { ...options, deleteBeforeReplace: false },
  );
  mounts.push({ name: volume.name, at: "/run/secrets", readOnly: true });
  return { mounts, secrets: { volume: volume.name, files } };
}

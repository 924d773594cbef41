/** A service's volumes on one host: its storage, and the one that its secrets are put into. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../services/index.ts";
import { type Mount, labels } from "./container.ts";
import { fingerprint } from "../../releases/fingerprint.ts";

/** What a service's containers mount, and what the release puts there. */
export interface Storage {
  mounts: Mount[];
  /** Those that hold data, by name. */
  data: { volume: string; name: pulumi.Output<string> }[];
  /** Secret files and their volume; undefined without any. */
  secrets:
    { volume: pulumi.Output<string>; files: pulumi.Output<Record<string, string>> } | undefined;
}

export interface StorageArgs {
  /** Value of the label `longshore.stack`. */
  stack: string;
  /** Keeps volumes that hold data from being deleted. */
  protect: boolean;
  /** The stack's key. Secret. */
  key: pulumi.Output<string>;
  /** Volumes of another state that this one takes over: path in the service's containers → name. */
  adopted: Record<string, string>;
}

/**
 * Declares a service's volumes.
 * @param name prefix of the resources' names.
 */
export function declareStorage(
  name: string,
  service: Service,
  { stack, protect, key, adopted }: StorageArgs,
  options: pulumi.CustomResourceOptions,
): Storage {
  const data = service.volumes.map((volume) => ({
    volume: volume.name,
    name: new docker.Volume(
      `${name}-${volume.name}`,
      {
        labels: labels(stack),
        // The engine gives back the one that is there.
        ...(adopted[volume.at] === undefined ? {} : { name: adopted[volume.at] }),
      },
      // An adopted volume keeps its name when it is not named any more.
      { ...options, protect, ignoreChanges: ["name"] },
    ).name,
  }));
  const mounts: Mount[] = service.volumes.map((volume, index) => ({
    name: data[index]?.name ?? "",
    at: volume.at,
    readOnly: false,
  }));
  const byFile = service.secrets.filter((secret) => secret.as === "file");
  if (byFile.length === 0) return { mounts, data, secrets: undefined };
  const files = pulumi.secret(
    pulumi.all(Object.fromEntries(byFile.map((secret) => [secret.name, secret.value]))),
  );
  // The name of the volume tells nothing about the values, so it need not be secret.
  const id = pulumi.unsecret(
    pulumi.all([key, files]).apply(([own, values]) => fingerprint(own, service.name, values)),
  );
  const volume = new docker.Volume(
    `${name}-secrets`,
    { name: pulumi.interpolate`${name}-secrets-${id}`, labels: labels(stack) },
    // The provider would delete it first because it is named, and the containers that serve with it.
    { ...options, deleteBeforeReplace: false },
  );
  mounts.push({ name: volume.name, at: "/run/secrets", readOnly: true });
  return { mounts, data, secrets: { volume: volume.name, files } };
}

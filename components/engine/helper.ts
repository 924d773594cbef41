/** Containers that help with another one for a moment, and are gone before the release goes on. */
import type Docker from "dockerode";
import { ignoring } from "./errors.ts";

/** What a helper that runs is held to. */
export const RESTRAINED = {
  ReadonlyRootfs: true,
  CapDrop: ["ALL"],
  Memory: 64 * 1024 * 1024,
};

/**
 * Creates a helper, lets `work` use it and removes it. One that a crash leaves is found by its labels
 * (`HostInspection.sweepHelpers`).
 * @param use what it is for.
 * @param labels of the container that it helps with.
 */
export async function withHelper<T>(
  docker: Docker,
  { use, labels }: { use: string; labels: Record<string, string> },
  options: Docker.ContainerCreateOptions,
  work: (helper: Docker.Container) => Promise<T>,
): Promise<T> {
  const helper = await docker.createContainer({
    Cmd: [],
    ...options,
    Labels: helperLabels(use, labels),
  });
  try {
    return await work(helper);
  } finally {
    await ignoring([404], helper.remove({ force: true, v: true }));
  }
}

/**
 * The labels of a helper.
 * @param use what it is for.
 * @param labels of the container that it helps with.
 */
export function helperLabels(use: string, labels: Record<string, string>): Record<string, string> {
  const stack = labels["longshore.stack"];
  return {
    "longshore.helper": use,
    ...(stack === undefined ? {} : { "longshore.stack": stack }),
  };
}

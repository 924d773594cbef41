// Whether everything that was started still answers; asked on every run, so quick and without clients.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { accepts, answersOk } from "../http.ts";
import type { Paths } from "../paths.ts";
import { isAlive } from "../processes.ts";
import type { State } from "../state.ts";

export interface Health {
  healthy: boolean;
  /** What does not answer, in words; empty if healthy. */
  problems: string[];
}

export async function health(paths: Paths, state: State | undefined): Promise<Health> {
  const ready = state?.ready;
  if (state === undefined || ready === undefined) {
    return { healthy: false, problems: ["the workbench is not up"] };
  }
  const [engine, registry, builder] = await Promise.all([
    answersOk(ready.dockerHost, "/_ping"),
    answersOk(`tcp://${ready.registry}`, "/v2/"),
    ready.origin.builder === "buildkitd" ? accepts(paths.builderSocket) : true,
  ]);
  const { engine: daemon, registry: storage, builder: builds } = state;
  const gateway = typeof storage?.gateway === "object" ? storage.gateway : undefined;
  const started = [daemon?.process, storage?.process, gateway, builds?.process];
  const problems = [
    ...(engine ? [] : [`the engine at ${ready.dockerHost} does not answer`]),
    ...(registry ? [] : [`the registry at ${ready.registry} does not answer`]),
    ...(storage !== undefined && storage.gateway === undefined
      ? ["the registry takes pushes from everybody: it is of an earlier version"]
      : []),
    ...(builder ? [] : [`BuildKit at ${paths.builderSocket} does not answer`]),
    ...(existsSync(join(paths.buildxConfig, "instances", ready.builder))
      ? []
      : [`the builder ${ready.builder} is not in ${paths.buildxConfig}`]),
    // Something else may answer in their place.
    ...(started.every((process) => process === undefined || isAlive(process))
      ? []
      : ["a process of the workbench has ended"]),
  ];
  return { healthy: problems.length === 0, problems };
}

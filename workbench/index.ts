// The workbench: an engine, a registry and a builder on this computer, used if they are there and
// started if not. `up` is idempotent and quick when all is well; `down` stops what `up` started.
//
// What is only needed when something has to be done is loaded then, not before.
import { existsSync } from "node:fs";
import { writeDockerConfig } from "./parts/docker-config.ts";
import { registryCredentials } from "./parts/gateway.ts";
import { type Health, health } from "./plan/health.ts";
import { caBundle, type Paths, workbenchPaths } from "./paths.ts";
import { type Progress, progressTo } from "./progress.ts";
import { readState, type Workbench } from "./state.ts";

export type { Workbench } from "./state.ts";
export { WorkbenchError } from "./progress.ts";

export interface WorkbenchOptions {
  progress?: Progress;
  env?: NodeJS.ProcessEnv;
}

/** The workbench as remembered (nothing, if none is up), and what of it answers. */
export interface Status extends Partial<Workbench>, Health {
  /** Where its state is kept. */
  state: string;
}

/** Brings the workbench up, or finds that it is. */
export async function up(options: WorkbenchOptions = {}): Promise<Workbench> {
  const env = options.env ?? process.env;
  const progress = options.progress ?? progressTo((line) => console.error(`workbench: ${line}`));
  const paths = workbenchPaths(env);
  const ready = (await healthyOne(paths, env)) ?? (await make(paths, progress, env));
  // Anew each time: the user may have logged in elsewhere meanwhile.
  const registries = { [ready.registry]: registryCredentials(paths) };
  writeDockerConfig(paths.dockerConfig, registries, env);
  return ready;
}

async function make(paths: Paths, progress: Progress, env: NodeJS.ProcessEnv): Promise<Workbench> {
  const { bringUp } = await import("./bring-up.ts");
  const { withLock } = await import("./lock.ts");
  return withLock(paths.lockFile, progress, async () => {
    // The one that was waited for may have done it.
    return (await healthyOne(paths, env)) ?? (await bringUp(paths, progress, env));
  });
}

/** Stops what `up` started and removes its folders; caches stay. */
export async function down(options: WorkbenchOptions = {}): Promise<void> {
  const env = options.env ?? process.env;
  const progress = options.progress ?? progressTo((line) => console.error(`workbench: ${line}`));
  const paths = workbenchPaths(env);
  if (!existsSync(paths.state) && !existsSync(paths.runtime)) return;
  const { tearDown } = await import("./cleanup.ts");
  const { withLock } = await import("./lock.ts");
  await withLock(paths.lockFile, progress, async () => {
    await tearDown(paths, readState(paths.stateFile), progress, env);
  });
}

/** What a run under sudo does for the one that called it, which holds the lock. */
export async function privileged(command: "up" | "down"): Promise<void> {
  const paths = workbenchPaths();
  const progress = progressTo((line) => console.error(`workbench (root): ${line}`));
  if (command === "up") {
    const { bringUp } = await import("./bring-up.ts");
    await bringUp(paths, progress, process.env);
  } else {
    const { tearDown } = await import("./cleanup.ts");
    await tearDown(paths, readState(paths.stateFile), progress, process.env);
  }
}

/** What there is and whether it answers; changes nothing. */
export async function status(options: WorkbenchOptions = {}): Promise<Status> {
  const paths = workbenchPaths(options.env);
  const state = readState(paths.stateFile);
  return { ...state?.ready, ...(await health(paths, state)), state: paths.state };
}

async function healthyOne(paths: Paths, env: NodeJS.ProcessEnv): Promise<Workbench | undefined> {
  const state = readState(paths.stateFile);
  if (state?.ready === undefined || !(await health(paths, state)).healthy) return undefined;
  return { ...state.ready, caFile: caBundle(env) };
}

/** SIGKILL for each part of a release, at each of its steps, and the repair by the next `up`. */
import { isRunning } from "../../../components/hosts/running.ts";
import { endOrphans, releaseDeadLocks, removeTornFiles } from "../../../workbench/orphans.ts";
import { ownProcesses, runIn, serving } from "./inventory.ts";
import type { LoadSystem } from "./system.ts";
import { STEP, type Update } from "./update.ts";

export const STEPS = ["started", "gate", "switched", "watch", "drain", "settle"] as const;
export type Step = (typeof STEPS)[number];

/** How long app is watched in a release that is killed at a step: long enough to be killed in it, or not at all. */
export function watchAt(step: Step): number {
  return step === "watch" ? 10 : 0;
}

export const VICTIMS = [
  "pulumi",
  "language host",
  "plugin",
  "release process",
  "proxy",
  "forwarder",
  "new container",
  "serving container",
] as const;
export type Victim = (typeof VICTIMS)[number];

const COMMANDS: Partial<Record<Victim, RegExp>> = {
  "language host": /\/pulumi-language-nodejs /,
  plugin: /\/pulumi-resource-docker /,
  "release process": /release\/main\.(ts|js)/,
};

/**
 * Waits until a release is at a step: told by what it says, or by what can be seen of it.
 * @param old ids of the containers that served before it.
 */
export async function reach(
  system: LoadSystem,
  update: Update,
  step: Step,
  wanted: { app: string },
  old: Set<string>,
): Promise<void> {
  switch (step) {
    case "started":
      await update.line(STEP.started);
      return;
    case "gate": // a new replica runs, and is not known to be healthy yet
      await update.line(STEP.started);
      await until(async () => (await newContainers(system, old)).length > 0);
      return;
    case "switched":
      await update.line(STEP.switched);
      return;
    case "watch": // see watchAt
      await update.line(STEP.watched);
      return;
    case "drain": // the new version answers, the old one still has its streams
      await update.line(STEP.switched);
      await until(async () => (await serving(system)).app === wanted.app);
      return;
    case "settle":
      await update.line(STEP.drained);
  }
}

/** Ends it at once, as a crash would. */
export async function kill(
  system: LoadSystem,
  update: Update,
  victim: Victim,
  old: Set<string>,
): Promise<void> {
  switch (victim) {
    case "pulumi":
      update.process.kill("SIGKILL");
      return;
    case "language host":
    case "plugin":
    case "release process": {
      const pattern = COMMANDS[victim];
      const found = ownProcesses(system).filter(({ command }) => pattern?.test(command));
      if (found.length === 0) {
        const seen = ownProcesses(system).map(({ command }) => command);
        throw new Error(`no ${victim} runs; these do:\n${seen.join("\n")}`);
      }
      for (const { pid } of found) process.kill(pid, "SIGKILL");
      return;
    }
    case "proxy":
    case "forwarder":
      await crash(system, ((await system.containers())[victim] ?? [])[0]?.id);
      return;
    case "new container":
      await crash(system, (await newContainers(system, old))[0]);
      return;
    case "serving container":
      await crash(system, await servingContainer(system, old));
  }
}

/** SIGKILL to everything in a container; unlike with `docker kill`, it is restarted by its policy. */
export async function crash(system: LoadSystem, id: string | undefined): Promise<void> {
  if (id === undefined) throw new Error("there is no such container");
  // All processes but the first, which ends with its child.
  await runIn(system, id, ["sh", "-c", "kill -9 -1"]).catch(() => undefined);
}

/** Waits for the update's end, and for that of what it left: then clears up as our commands do. */
export async function clearUp(system: LoadSystem, update: Update): Promise<void> {
  await update.exitCode;
  releaseDeadLocks(system.backend, system.name);
  removeTornFiles(system.backend, system.name);
  await endOrphans(`file://${system.backend}`);
}

/** Waits until no process of an update is left; the names of those that stay. */
export async function processesEnd(
  system: Pick<LoadSystem, "backend">,
  seconds: number,
): Promise<string[]> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const left = ownProcesses(system).filter(({ pid }) => isRunning(pid));
    if (left.length === 0 || Date.now() > deadline) return left.map(({ command }) => command);
    await pause(50);
  }
}

/** Ids of all containers of app and worker. */
export async function replicas(system: LoadSystem): Promise<Set<string>> {
  const { app = [], dnmonster = [] } = await system.containers();
  return new Set([...app, ...dnmonster].map(({ id }) => id));
}

export async function newContainers(system: LoadSystem, old: Set<string>): Promise<string[]> {
  const { app = [], dnmonster = [] } = await system.containers();
  return [...app, ...dnmonster]
    .filter(({ id, running }) => running && !old.has(id))
    .map(({ id }) => id);
}

/** One of the replicas of app that serve: an old one, unless a new version answers. */
async function servingContainer(system: LoadSystem, old: Set<string>): Promise<string | undefined> {
  const { app } = await serving(system);
  for (const { id, running } of (await system.containers()).app ?? []) {
    const { Config } = await system.container(id).inspect();
    if (running && Config.Env.includes(`VERSION=${app}`)) return id;
  }
  return [...old][0];
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("the release did not come to that step in 60 s");
    await pause(20);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

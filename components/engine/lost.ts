/**
 * Containers that the engine has lost. One that crashes while it starts a container comes back and
 * takes it for one that was never started, while containerd still holds its processes. Engines before
 * version 24 then refuse every start, and a removal leaves the processes there for ever. They are ended
 * here, through nothing but the engine's API.
 */
import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import { isAnswer, reasonOf } from "./errors.ts";
import { RESTRAINED, withHelper } from "./helper.ts";

const script = readFileSync(new URL("./lost.sh", import.meta.url), "utf8");
/** Milliseconds in which containerd may notice that the processes have ended. */
const PATIENCE = 5000;

/** Whether an engine's refusal to start a container says that it has processes already. */
export function isLost(refusal: string): boolean {
  return /\btask [0-9a-f]{64}\S* already exists|\bid already in use\b/.test(refusal);
}

/**
 * Starts a container, also one that the engine has lost.
 * @param start asks the engine for it.
 * @returns whether it had lost it.
 */
export async function startLost(
  docker: Docker,
  container: string,
  start: () => Promise<void>,
): Promise<boolean> {
  try {
    await start();
    return false;
  } catch (error) {
    if (!isLost(reasonOf(error)) || !(await endLost(docker, container))) throw error;
  }
  for (const until = Date.now() + PATIENCE; ;) {
    try {
      await start();
      return true;
    } catch (error) {
      if (!isLost(reasonOf(error)) || Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Ends the processes of a container that does not run as far as the engine knows.
 * @returns whether none is left; false where the engine does not let the helper run.
 */
export async function endLost(docker: Docker, container: string): Promise<boolean> {
  const { Id } = await docker.getContainer(container).inspect();
  return onMachine(docker, container, "lost", ["sh", "-c", script, "lost", Id]);
}

/**
 * Runs a program that sees all of the machine's processes and may do nothing but end them, made from the
 * proxy image of a container's stack.
 * @returns whether it succeeded; false where the engine does not let it run.
 */
export async function onMachine(
  docker: Docker,
  container: string,
  use: string,
  program: string[],
): Promise<boolean> {
  const { Config } = await docker.getContainer(container).inspect();
  const label = [`longshore.stack=${Config.Labels["longshore.stack"]}`, "longshore.role=proxy"];
  const [proxy] = await docker.listContainers({ all: true, filters: { label } });
  if (proxy === undefined) return false;
  const options = {
    Image: proxy.ImageID,
    Entrypoint: program,
    User: "0",
    HostConfig: {
      ...RESTRAINED,
      PidMode: "host",
      NetworkMode: "none",
      CapAdd: ["KILL"],
      // The last two keep signals from processes that are not, or not yet, in a container.
      SecurityOpt: ["no-new-privileges:true", "apparmor=unconfined", "label=disable"],
    },
  };
  try {
    return await withHelper(docker, { use, labels: Config.Labels }, options, async (one) => {
      await one.start();
      const { StatusCode } = (await one.wait()) as { StatusCode: number };
      return StatusCode === 0;
    });
  } catch (error) {
    if (isAnswer(error)) return false;
    throw error;
  }
}

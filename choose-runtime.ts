/** Where identidock runs, by the stack's settings. Each runtime is loaded only where it is wanted. */
import type { Runtime } from "./runtime.ts";
import type { Settings } from "./settings.ts";

/**
 * Looks before anything is planned.
 * @param stack `PROJECT/STACK`.
 */
export async function chooseRuntime(settings: Settings, stack: string): Promise<Runtime> {
  const { hosts } = settings;
  if (hosts.kind === "ecs") {
    const { onEcs } = await import("./ecs.ts");
    return onEcs({ ...settings, hosts });
  }
  const { onFleet } = await import("./fleet.ts");
  return onFleet({ ...settings, hosts }, stack);
}

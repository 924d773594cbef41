/**
 * The system under load on an engine of its own, live-restore on and userland-proxy off: with a userland
 * proxy each new connection would pass through a process of Docker's beside the system's own proxy, and
 * that process ends for good when it has no file descriptor left.
 */
import { LoadEngine } from "../../test/support/load/engine.ts";
import { LoadSystem } from "../../test/support/load/system.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import { onStage } from "./stage.ts";

/** Brings both up, and takes them down again whatever happens. */
export async function onOwnEngine<T>(
  name: string,
  options: { drain?: number },
  measure: (system: LoadSystem, engine: LoadEngine) => Promise<T>,
): Promise<T> {
  const { registry } = await workbenchUp();
  const engine = await LoadEngine.create(registry);
  return onStage(engine, () => LoadSystem.create(name, { engine, ...options }), measure);
}

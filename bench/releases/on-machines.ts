/** The system under load on three simulated machines, behind a load balancer: all of it on this computer. */
import { LoadMachines } from "../../test/support/load/machines.ts";
import { LoadSystem } from "../../test/support/load/system.ts";
import { onStage } from "./stage.ts";

/** Brings both up, and takes them down again whatever happens. */
export async function onMachines<T>(
  name: string,
  options: { drain?: number },
  measure: (system: LoadSystem, machines: LoadMachines) => Promise<T>,
): Promise<T> {
  const machines = await LoadMachines.create(name);
  return onStage(machines, () => LoadSystem.create(name, { machines, ...options }), measure);
}
